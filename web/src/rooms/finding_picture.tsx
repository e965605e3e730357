// SPDX-License-Identifier: Apache-2.0
// Bits as lengths. Above, one axis in the words of forensic practice with the threshold, what was measured, and how far
// any one planted group would pull it back. Below, a lane for each group: what it says, and how much it could say at most.
import type { Match } from '../api/types';
import { bits, t, tn } from '../i18n';
import { CAPS, GROUPS, STEPS, type Group } from '../lib/weigh';
import { Why } from '../ui/parts';

export function Scale({ value, measured, low, threshold }: { value: number; measured: number; low: number; threshold: number }) {
  const max = Math.max(24, measured * 1.12, threshold * 1.2);
  const min = Math.min(0, low, value) * 1.1;
  const x = (b: number) => ((b - min) / (max - min)) * 1000;
  const named = [...STEPS.slice(1).map(([from]) => from), max];
  return (
    <figure class="scale" role="img" aria-label={t('finding.scaleText', { bits: bits(value), threshold: bits(threshold), low: bits(low) })}>
      <svg class="figure" viewBox="0 0 1000 30" preserveAspectRatio="none" height="30" aria-hidden="true">
        <rect class="for-soft" x={x(0)} y="9" width={Math.max(0, x(measured) - x(0))} height="12" />
        <rect class={value < 0 ? 'against' : 'for'} x={Math.min(x(0), x(value))} y="9" width={Math.max(1, Math.abs(x(value) - x(0)))} height="12" />
        {named.slice(0, -1).map((from) => <line class="axis" x1={x(from)} x2={x(from)} y1="23" y2="30" vector-effect="non-scaling-stroke" />)}
        <line class="axis" x1={0} x2={1000} y1="25" y2="25" vector-effect="non-scaling-stroke" />
        <line class="range" x1={x(low)} x2={x(measured)} y1="5" y2="5" vector-effect="non-scaling-stroke" />
        <line class="range" x1={x(low)} x2={x(low)} y1="2" y2="8" vector-effect="non-scaling-stroke" />
        <line class="range" x1={x(measured)} x2={x(measured)} y1="2" y2="8" vector-effect="non-scaling-stroke" />
        <line class="threshold" x1={x(threshold)} x2={x(threshold)} y1="0" y2="27" vector-effect="non-scaling-stroke" stroke-dasharray="4 2" />
      </svg>
      <ol class="scale-words" aria-hidden="true">
        {STEPS.slice(1).map(([from, name], i) => {
          const until = named[i + 1]!;
          return <li style={{ left: x(from) / 10 + '%', width: (x(Math.min(until, max)) - x(from)) / 10 + '%' }}>{t(`support.short.${name as 'weak'}`)}</li>;
        })}
      </ol>
      <p class="scale-threshold hint" style={{ left: x(threshold) / 10 + '%' }}>{t('finding.thresholdAt', { bits: bits(threshold) })}</p>
    </figure>
  );
}

export function GroupPicture({ match, planted, onToggle }: { match: Match; planted: ReadonlySet<Group>; onToggle: (g: Group) => void }) {
  const most = Math.max(...GROUPS.map((g) => CAPS[g]), ...Object.values(match.groups));
  return (
    <ul class="group-lanes">
      {GROUPS.filter((g) => g !== 'claim').map((g) => {
        const has = match.groups[g] ?? 0;
        const out = planted.has(g);
        const pct = (b: number) => ((Math.max(0, b) / most) * 100).toFixed(2) + '%';
        return (
          <li class={has < 0.05 ? 'greyed' : undefined} data-group={g}>
            <span class="lane-name">{tn('group.', g)}</span>
            <span class="lane" aria-hidden="true">
              <i class="cap" style={{ width: pct(CAPS[g]) }} />
              <i class={out ? 'has planted' : 'has'} style={{ width: pct(has) }} />
            </span>
            <span class="end lane-bits">
              <Why says={<><p>{t('lane.explain', { bits: bits(has), cap: bits(CAPS[g]), group: tn('group.', g) })}</p><p>{t('planted.by', { what: tn('planted.', g) })}</p><p>{t('lane.without', { bits: bits(match.without_group[g] ?? match.bits - has) })}</p></>}>
                <b>{bits(has)}</b>
              </Why>
            </span>
            <label class="switch"><input type="checkbox" role="switch" checked={out} disabled={has < 0.05} onChange={() => onToggle(g)} /><span>{t('finding.planted')}</span><span class="out-of-sight">: {tn('group.', g)}</span></label>
          </li>
        );
      })}
    </ul>
  );
}
