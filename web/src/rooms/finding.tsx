// SPDX-License-Identifier: Apache-2.0
// Two incidents side by side: how much speaks for one hand, by group, as a picture that can be argued with. Whoever thinks
// that a group was planted takes it out and sees what is left; the numbers are the server's, the sums are lib/weigh.ts.
import { useEffect } from 'preact/hooks';
import { useAsk } from '../api/client';
import type { Finding as Found, Hallmark, Match, Seen } from '../api/types';
import { bits, number, t, tn, tx } from '../i18n';
import { GROUPS, spread, whatIf, type Group } from '../lib/weigh';
import { plain } from '../lib/visible';
import { place, setQuery, to, type Params } from '../router';
import { Bar, Bits, Empty, Name, Shown, Value, Why } from '../ui/parts';
import { Table, type Column } from '../ui/table';
import { GroupPicture, Scale } from './finding_picture';
import { className, ignoredWords, supportWords } from './words';

export function Finding({ params }: { params: Params }) {
  const id = params['incident']!;
  const other = params['with']!;
  const asked = useAsk<Found>(`/incidents/${encodeURIComponent(id)}/finding`, { with: other });
  return (
    <Shown of={asked} what={t('incident.comparing')}>
      {(finding) => {
        const match = finding.matches.find((m) => m.id === other) ?? finding.matches[0];
        return (
          <>
            <div class="room-head">
              <p class="crumb"><a href={to`/incidents/${id}`}><Name text={finding.incident} /></a></p>
              <h1>{match ? tx('finding.title', { here: <Name text={finding.incident} />, there: <Name text={match.incident} /> }) : <Name text={finding.incident} />}</h1>
            </div>
            {match ? <Pair finding={finding} match={match} /> : <Empty title={t('finding.nothing')} actions={<a class="button" href={to`/incidents/${id}`}>{t('back')}</a>}>{t('finding.nothingHint', { n: finding.incidents })}</Empty>}
          </>
        );
      }}
    </Shown>
  );
}

function Pair({ finding, match }: { finding: Found; match: Match }) {
  useEffect(() => {
    document.title = `${plain(finding.incident, 50)} · ${plain(match.incident, 50)} · Hallmark`;
  }, [finding, match]);
  const planted = new Set((place.value.query.get('planted') ?? '').split(',').filter((g): g is Group => (GROUPS as readonly string[]).includes(g)));
  const left = whatIf(match, finding.related_bits, planted);
  const [low, high] = spread(match);
  const toggle = (group: Group) => {
    const next = new Set(planted);
    if (!next.delete(group)) next.add(group);
    setQuery({ planted: GROUPS.filter((g) => next.has(g)).join(',') });
  };
  return (
    <>
      <div class="verdict" aria-live="polite">
        <p class="big"><Bits value={left.bits} says={<><p>{supportWords(left.bits)}</p><p class="hint">{t('finding.notAuthor')}</p></>} /></p>
        <p class="strong">{t(`support.${left.support}`)}</p>
        <p class={left.verdict === 'related' ? 'sample good' : 'sample'}>{t(left.verdict === 'related' ? 'related' : 'notRelated')}</p>
        <p class="hint">{left.verdict === 'below' ? t('verdict.belowWhy', { bits: bits(finding.related_bits) }) : left.verdict === 'weakOnly' ? t('verdict.weakOnlyWhy') : t('finding.spread', { low: bits(low), high: bits(high) })}</p>
        {planted.size > 0 ? <button type="button" class="chip" onClick={() => setQuery({ planted: undefined })}>{t('finding.asMeasured')}</button> : null}
      </div>
      <Scale value={left.bits} measured={match.bits} low={low} threshold={finding.related_bits} />
      <section class="section">
        <header><h2>{t('finding.byGroup')}</h2><span class="hint">{t('finding.byGroupHint')}</span></header>
        <GroupPicture match={match} planted={planted} onToggle={toggle} />
      </section>
      <Hallmarks finding={finding} match={match} planted={planted} />
      <Against match={match} />
      <Ignored finding={finding} />
      <p class="hint section">{t('finding.made', { model: plain(finding.model, 60), generation: finding.generation, n: finding.incidents, files: finding.baseline_files })}</p>
    </>
  );
}

function Places({ seen }: { seen: Seen[] }) {
  return (
    <ul class="places">
      {seen.slice(0, 4).map((s) => <li><Value text={s.evidence} short />{s.offset === undefined ? null : <code class="quiet">+0x{s.offset.toString(16)}</code>}{s.count > 1 ? <small class="quiet"> ×{number(s.count)}</small> : null}</li>)}
      {seen.length > 4 ? <li class="quiet">{t('andMore', { n: seen.length - 4 })}</li> : null}
    </ul>
  );
}

function explain(h: Hallmark) {
  return (
    <>
      <p>{t('hallmark.explain', { bits: bits(h.bits), incidents: h.incidents, incidentsAll: h.incidents_all,
        files: h.baseline_all === 0 ? t('rarity.noBaseline') : h.baseline === 0 ? t('rarity.noFile', { all: h.baseline_all }) : t('rarity.files', { some: h.baseline, all: h.baseline_all }) })}</p>
      {h.bits_alone - h.bits > 0.05 ? <p>{t('hallmark.discount', { alone: bits(h.bits_alone) })}</p> : null}
      {h.same_file ? <p>{t('hallmark.sameFile')}</p> : null}
      {h.similarity < 1 ? <p>{t('hallmark.alike', { similarity: number(h.similarity, 2) })}</p> : null}
    </>
  );
}

function Hallmarks({ finding, match, planted }: { finding: Found; match: Match; planted: ReadonlySet<Group> }) {
  const most = Math.max(1, ...match.hallmarks.map((h) => h.bits));
  const columns: Column<Hallmark & { i: number }>[] = [
    { key: 'value', name: t('hallmark'), wide: true, cell: (h) => <><small class="quiet">{tn('group.', h.group)} · {className(h.class)}</small><br /><Value text={h.value} max={400} />{h.value_there ? <><br /><small class="quiet">{t('hallmark.there')} </small><Value text={h.value_there} max={400} /></> : null}</> },
    { key: 'here', name: plain(finding.incident, 40), cell: (h) => <Places seen={h.here} /> },
    { key: 'there', name: plain(match.incident, 40), cell: (h) => <Places seen={h.there} /> },
    { key: 'rare', name: t('rarity.inIncidents'), end: true, cell: (h) => <span class="nowrap">{t('of', { some: h.incidents, all: h.incidents_all })}</span> },
    { key: 'bar', name: '', cell: (h) => <Bar part={planted.has(h.group as Group) ? 0 : h.bits / most} /> },
    { key: 'bits', name: t('bits'), end: true, cell: (h) => <Why says={explain(h)}><b>{bits(h.bits)}</b></Why> },
  ];
  return (
    <section class="section">
      <header><h2>{t('finding.hallmarks')}</h2><span class="hint">{t('finding.hallmarksOf', { some: match.hallmarks.length, all: match.hallmarks_all })}</span></header>
      <Table label={t('finding.hallmarks')} columns={columns} rows={match.hallmarks.map((h, i) => ({ ...h, i }))} id={(h) => h.i} greyed={(h) => planted.has(h.group as Group)} />
    </section>
  );
}

function Against({ match }: { match: Match }) {
  return (
    <section class="section">
      <header><h2>{t('finding.against.title')}</h2></header>
      {match.against.length === 0 ? <p class="quiet">{t('finding.nothingAgainst')}</p> : (
        <ul class="lines">{match.against.map((a) => <li><span class="against-bits">{bits(a.bits)}</span> {plain(a.sentence, 500)}</li>)}</ul>
      )}
    </section>
  );
}

function Ignored({ finding }: { finding: Found }) {
  if (finding.ignored_all === 0) return null;
  return (
    <details class="section">
      <summary><h2>{t('finding.ignored', { n: finding.ignored_all })}</h2></summary>
      <p class="hint">{t('finding.ignoredHint')}</p>
      <Table label={t('finding.ignored', { n: finding.ignored_all })} rows={finding.ignored.map((x, i) => ({ ...x, i }))} id={(x) => x.i} greyed={() => true} columns={[
        { key: 'value', name: t('trait'), wide: true, cell: (x) => <Value text={x.value} max={300} /> },
        { key: 'class', name: t('trait.class'), cell: (x) => className(x.class) },
        { key: 'why', name: t('finding.whyIgnored'), cell: (x) => ignoredWords(x.why) },
      ]} />
    </details>
  );
}
