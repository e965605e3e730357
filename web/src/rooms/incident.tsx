// SPDX-License-Identifier: Apache-2.0
// One incident: at a glance first, then its parts, each an address of its own.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useAsk } from '../api/client';
import type { Finding, IncidentFull, Match } from '../api/types';
import { ago, moment, number, t, tn } from '../i18n';
import { plain } from '../lib/visible';
import { place, to, type Params } from '../router';
import { may } from '../state';
import { chooseFiles } from '../ui/drop';
import { Bar, Bits, Empty, Icon, Name, Shown, State, Tabs, Waiting, Why } from '../ui/parts';
import { EvidenceList } from './evidence_list';
import { Traits } from './traits';
import { supportWords, verdictWords } from './words';

type Section = ComponentType<{ incident: IncidentFull }>;
const LAZY: Record<string, () => Promise<Section>> = {
  timeline: () => import('./timeline').then((m) => m.TimelineSection),
  notes: () => import('./notes').then((m) => m.Notes),
  attribution: () => import('./attribution').then((m) => m.AttributionSection),
  graph: () => import('./graph').then((m) => m.GraphSection),
  release: () => import('./release').then((m) => m.Release),
  report: () => import('./report').then((m) => m.Report),
};

export function Incident({ params }: { params: Params }) {
  const id = params['incident']!;
  const section = place.value.path.split('/')[3] ?? '';
  const asked = useAsk<IncidentFull>(`/incidents/${encodeURIComponent(id)}`);
  useEffect(() => {
    if (asked.value) document.title = `${plain(asked.value.name, 80)} · Hallmark`;
  }, [asked.value?.name, section]);
  return (
    <Shown of={asked}>
      {(incident) => (
        <>
          <div class="room-head">
            <p class="crumb"><a href="/incidents">{t('room.casebook')}</a></p>
            <h1><Name text={incident.name} /></h1>
            <span class="quiet" title={moment(incident.created) + ' UTC'}>{t('casebook.since', { when: ago(incident.created) })}</span>
            <div class="actions no-print">
              {may('analyst') ? <button type="button" class="button" onClick={chooseFiles}><Icon name="upload" />{t('addFiles')}</button> : null}
            </div>
          </div>
          <Tabs label={t('incident')} tabs={[
            { href: to`/incidents/${id}`, name: t('tab.overview'), here: section === '' },
            { href: to`/incidents/${id}/evidence`, name: t('evidence'), count: incident.evidence, here: section === 'evidence' },
            { href: to`/incidents/${id}/traits`, name: t('traits'), count: incident.traits, here: section === 'traits' },
            { href: to`/incidents/${id}/timeline`, name: t('tab.timeline'), here: section === 'timeline' },
            { href: to`/incidents/${id}/notes`, name: t('tab.notes'), count: incident.notes, here: section === 'notes' },
            { href: to`/incidents/${id}/attribution`, name: t('tab.attribution'), here: section === 'attribution' },
            { href: to`/incidents/${id}/graph`, name: t('tab.graph'), here: section === 'graph' },
            ...(may('liaison') ? [{ href: to`/incidents/${id}/release`, name: t('tab.release'), here: section === 'release' }] : []),
            ...(may('analyst') ? [{ href: to`/incidents/${id}/report`, name: t('tab.report'), here: section === 'report' }] : []),
          ].map((tab) => ({ ...tab, count: tab.count || undefined }))} />
          {section === '' ? <Overview incident={incident} />
            : section === 'evidence' ? <EvidenceList incident={incident} />
            : section === 'traits' ? <Traits incident={incident} />
            : <Later key={section} section={section} incident={incident} />}
        </>
      )}
    </Shown>
  );
}

function Later({ section, incident }: { section: string; incident: IncidentFull }) {
  const [Loaded, setLoaded] = useState<Section>();
  useEffect(() => {
    let gone = false;
    void LAZY[section]?.().then((s) => { if (!gone) setLoaded(() => s); });
    return () => { gone = true; };
  }, [section]);
  return Loaded ? <Loaded incident={incident} /> : <Waiting />;
}

function Overview({ incident }: { incident: IncidentFull }) {
  if (incident.evidence === 0) {
    return (
      <Empty title={t('incident.empty')} actions={may('analyst') ? <button type="button" class="button first" onClick={chooseFiles}>{t('addFiles')}</button> : undefined}>
        {t('incident.emptyHint')}
      </Empty>
    );
  }
  return (
    <div class="columns">
      <Matches incident={incident} />
      <div class="stack">
        <Groups incident={incident} />
        <section class="section">
          <header><h2>{t('incident.verdicts')}</h2><a class="push" href={to`/incidents/${incident.id}/evidence`}>{t('all')}</a></header>
          <dl class="facts">
            {Object.entries(incident.verdicts as Record<string, number>).filter(([, n]) => n > 0).map(([verdict, n]) => (
              <><dt><State kind="verdict" name={verdict} /></dt><dd>{t('nPieces', { n })}</dd></>
            ))}
          </dl>
        </section>
      </div>
    </div>
  );
}

function Groups({ incident }: { incident: IncidentFull }) {
  const most = Math.max(1, ...incident.groups.map((g) => g.traits));
  return (
    <section class="section">
      <header><h2>{t('incident.groups')}</h2><a class="push" href={to`/incidents/${incident.id}/traits`}>{t('all')}</a></header>
      <ul class="lanes">
        {incident.groups.filter((g) => g.traits > 0).map((g) => (
          <li>
            <a href={to`/incidents/${incident.id}/traits?group=${g.group}`}>{tn('group.', g.group)}</a>
            <Bar part={Math.sqrt(g.traits / most)} thin />
            <span class="end"><Why says={<><p>{t('group.explain', { n: g.traits, planted: tn('planted.', g.group) })}</p><p class="hint">{t('group.explainBar')}</p></>}>{number(g.traits)}</Why></span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Matches({ incident }: { incident: IncidentFull }) {
  const asked = useAsk<Finding>(`/incidents/${encodeURIComponent(incident.id)}/finding`, { matches: 12 });
  return (
    <section class="section">
      <header><h2>{t('incident.matches')}</h2></header>
      <Shown of={asked} what={t('incident.comparing')}>
        {(finding) => {
          const most = Math.max(finding.related_bits * 1.5, ...finding.matches.map((m) => m.bits));
          if (finding.matches.length === 0) {
            return <Empty title={t(finding.incidents <= 1 ? 'finding.alone' : 'finding.nothing')}>{t(finding.incidents <= 1 ? 'finding.aloneHint' : 'finding.nothingHint', { n: finding.incidents })}</Empty>;
          }
          return (
            <>
              <p class="hint">{t('finding.against', { n: finding.incidents, files: finding.baseline_files })}</p>
              <ol class="matches">{finding.matches.map((m) => <MatchRow m={m} most={most} finding={finding} />)}</ol>
              {finding.matches_all > finding.matches.length ? <p class="hint">{t('finding.more', { n: finding.matches_all - finding.matches.length })}</p> : null}
            </>
          );
        }}
      </Shown>
    </section>
  );
}

function MatchRow({ m, most, finding }: { m: Match; most: number; finding: Finding }) {
  return (
    <li class={m.related ? undefined : 'greyed'}>
      <div class="row">
        <a class="strong" href={to`/incidents/${finding.id}/finding/${m.id}`}><Name text={m.incident} /></a>
        <span class={m.related ? 'sample good' : 'sample'}>{t(m.related ? 'related' : 'notRelated')}</span>
        <span class="push"><Bits value={m.bits} says={<><p>{supportWords(m.bits)}</p><p>{verdictWords(m, finding.related_bits)}</p></>} /></span>
      </div>
      <span class="threshold-bar"><Bar part={m.bits / most} /><i class="tick" style={{ left: ((finding.related_bits / most) * 100).toFixed(2) + '%' }} title={t('finding.threshold')} /></span>
      <p class="hint">{Object.entries(m.groups).filter(([, b]) => b >= 0.05).sort((a, b) => b[1] - a[1]).map(([g, b]) => `${tn('group.', g)} ${number(b, 1)}`).join(' · ')}</p>
    </li>
  );
}
