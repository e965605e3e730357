// SPDX-License-Identifier: Apache-2.0
// All evidence on one clock: how much happened when, as a picture; what happened, as rows. Drawing over the picture
// chooses a span, which is part of the address.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { usePages } from '../api/client';
import type { IncidentFull, Moment, Timeline } from '../api/types';
import { language, moment, number, t, tn } from '../i18n';
import { plain } from '../lib/visible';
import { place, setQuery } from '../router';
import { theme } from '../state';
import { Empty, SearchField, Shown, Value, Why } from '../ui/parts';
import { Table, type Column } from '../ui/table';
import { className } from './words';

const PER_DAY = 86_400;

export function TimelineSection({ incident }: { incident: IncidentFull }) {
  const query = place.value.query;
  const [from, until, host, cls] = ['from', 'to', 'host', 'class'].map((k) => query.get(k) ?? '') as [string, string, string, string];
  const pages = usePages<Moment, Timeline>(`/incidents/${encodeURIComponent(incident.id)}/timeline`, { from, to: until, host, class: cls, limit: 100 }, (p) => p.moments, host ? 80 : 0);
  const columns: Column<Moment & { i: number }>[] = [
    { key: 'first', name: t('time'), cell: (m) => <span class="nowrap">{m.assumed ? <Why says={<p>{t('timeline.assumed', { what: plain(m.assumed, 60) })}</p>}>{moment(m.first)}?</Why> : moment(m.first)}</span> },
    { key: 'what', name: t('timeline.what'), wide: true, cell: (m) => <><small class="quiet">{tn('moment.', m.class) === m.class ? className(m.class) : tn('moment.', m.class)}{m.deed ? ' · ' + plain(m.deed, 60) : ''}{m.outcome ? ' · ' + plain(m.outcome, 60) : ''}</small> <Value text={m.what ?? ''} max={300} /></> },
    { key: 'actor', name: t('timeline.who'), cell: (m) => m.actor ? <button type="button" class="plain-button" onClick={() => setQuery({ host: m.actor }, 'push')}><Value text={m.actor} short /></button> : null },
    { key: 'target', name: t('timeline.whom'), cell: (m) => m.target ?? m.host ? <Value text={(m.target ?? m.host)!} short /> : null },
    { key: 'count', name: t('trait.seen'), end: true, cell: (m) => m.count > 1 ? <Why says={<p>{t('timeline.times', { n: m.count, last: m.last ? moment(m.last) : '' })}</p>}>×{number(m.count)}</Why> : '' },
    { key: 'evidence', name: t('evidence'), cell: (m) => <span class="nowrap"><Value text={m.evidence} short />{m.offset === undefined ? null : <code class="quiet"> +0x{m.offset.toString(16)}</code>}</span> },
  ];
  return (
    <>
      <Shown of={pages} what={t('timeline.reading')}>
        {(line) => (
          <>
            <Histogram steps={line.histogram} onSpan={(a, b) => setQuery({ from: a, to: b }, 'push')} />
            <div class="filters">
              <SearchField id="filter" value={host} label={t('timeline.search')} onInput={(v) => setQuery({ host: v })} />
              {from || until ? <button type="button" class="chip" onClick={() => setQuery({ from: undefined, to: undefined }, 'push')}>{from ? moment(from, false) : '…'} – {until ? moment(until, false) : '…'} ×</button> : null}
              {cls ? <button type="button" class="chip" onClick={() => setQuery({ class: undefined }, 'push')}>{plain(cls)} ×</button> : null}
              <span class="quiet" role="status">{t('nMoments', { n: line.total })}{line.left_out ? ' · ' + t('timeline.leftOut', { n: line.left_out }) : ''}</span>
              <span class="hint push">{t('utc')}</span>
            </div>
            {line.gaps.length ? <p class="note-strip caution"><Why says={<ul>{line.gaps.slice(0, 20).map((g) => <li><Value text={g.evidence} short />: {plain(g.reason, 200)}</li>)}</ul>}>{t('timeline.gaps', { n: line.gaps.length })}</Why></p> : null}
            {pages.rows.length ? (
              <Table label={t('tab.timeline')} columns={columns} rows={pages.rows.map((m, i) => ({ ...m, i }))} id={(m) => m.i} more={pages.more} fetching={pages.fetching} />
            ) : <Empty title={t('timeline.nothing')}>{t('timeline.nothingHint')}</Empty>}
          </>
        )}
      </Shown>
    </>
  );
}

function Histogram({ steps, onSpan }: { steps: Timeline['histogram']; onSpan: (from: string, to: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const look = theme.value;
  const spoken = language.value;
  useEffect(() => {
    const el = box.current;
    if (!el || steps.length < 2) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const xs = steps.map((s) => Date.parse(s.from) / 1000);
    const axis = { stroke: colour('--ink-3'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: `11px ${colour('--sans')}` };
    const span = (xs.at(-1)! - xs[0]!) / PER_DAY;
    const ticks = new Intl.DateTimeFormat(spoken, span > 300 ? { year: 'numeric', month: 'short', timeZone: 'UTC' } : span > 2 ? { month: 'short', day: 'numeric', timeZone: 'UTC' } : { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' });
    const plot = new uPlot({
      width: el.clientWidth, height: 132, padding: [8, 4, 0, 0], legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true } },
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), 'Etc/UTC'),
      axes: [{ ...axis, grid: { show: false }, space: 90, values: (_u, at) => at.map((v) => ticks.format(v * 1000)) }, { ...axis, size: 44, values: (_u, at) => at.map((v) => number(v)) }],
      series: [{}, { fill: colour('--accent'), stroke: colour('--accent'), width: 0, paths: uPlot.paths.bars!({ size: [0.9, 24], align: 1 }), points: { show: false } }],
      hooks: {
        setSelect: [(u) => {
          if (u.select.width < 4) return;
          const at = (px: number) => new Date(u.posToVal(px, 'x') * 1000).toISOString().replace(/\.\d+Z/, 'Z');
          onSpan(at(u.select.left), at(u.select.left + u.select.width));
        }],
      },
    }, [xs, steps.map((s) => s.count)], el);
    const resized = new ResizeObserver(() => plot.setSize({ width: el.clientWidth, height: 132 }));
    resized.observe(el);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [steps, look, spoken]);
  if (steps.length < 2) return null;
  const top = steps.reduce((a, b) => (b.count > a.count ? b : a));
  return (
    <figure class="histogram">
      <div ref={box} role="img" aria-label={t('timeline.picture', { from: moment(steps[0]!.from, false), to: moment(steps.at(-1)!.from, false), top: moment(top.from, false), n: top.count })} />
      <figcaption class="hint">{t('timeline.drag')}</figcaption>
    </figure>
  );
}
