// SPDX-License-Identifier: Apache-2.0
// Everybody that somebody names, and one of them: which incidents, who says so, on what ground.
import { useAsk } from '../api/client';
import type { Actor as Row, ActorFull } from '../api/types';
import { number, t } from '../i18n';
import { best } from '../lib/find';
import { place, setQuery, to } from '../router';
import { Empty, Name, SearchField, Shown, Why } from '../ui/parts';
import { Table } from '../ui/table';
import { ClaimCard } from './attribution';

export function Actors() {
  const asked = useAsk<{ actors: Row[] }>('/actors');
  const q = place.value.query.get('q') ?? '';
  return (
    <>
      <div class="room-head"><h1>{t('room.actors')}</h1></div>
      <p class="lede section-lede">{t('actors.lede')}</p>
      <Shown of={asked}>
        {({ actors }) => actors.length === 0 ? <Empty title={t('actors.empty')}>{t('actors.emptyHint')}</Empty> : (
          <>
            <div class="filters"><SearchField id="filter" value={q} label={t('actors.search')} onInput={(v) => setQuery({ q: v })} /></div>
            <Table label={t('room.actors')} rows={best(q, actors, (a) => a.name, 2000)} id={(a) => a.name} href={(a) => to`/actor?name=${a.name}`} columns={[
              { key: 'name', name: t('name'), wide: true, cell: (a) => <Name text={a.name} /> },
              { key: 'incidents', name: t('incidents'), end: true, cell: (a) => <Why says={<p>{t('actors.incidentsWhy')}</p>}>{number(a.incidents)}</Why> },
              { key: 'claims', name: t('claims'), end: true, cell: (a) => number(a.claims) },
            ]} />
          </>
        )}
      </Shown>
    </>
  );
}

// The name stands in the query: it may hold dots and slashes, and a path that looks like a file is one to the server.
export function Actor() {
  const name = place.value.query.get('name') ?? '';
  const asked = useAsk<ActorFull>(`/actors/${encodeURIComponent(name)}`);
  return (
    <Shown of={asked}>
      {(a) => (
        <>
          <div class="room-head"><p class="crumb"><a href="/actors">{t('room.actors')}</a></p><h1><Name text={a.name} /></h1></div>
          <div class="columns">
            <section class="section">
              <header><h2>{t('incidents')}</h2><span class="quiet">{number(a.incidents.length)}</span></header>
              {a.incidents.length ? <ul class="lines">{a.incidents.map((i) => <li><a href={to`/incidents/${i.id}`}><Name text={i.name} /></a></li>)}</ul> : <p class="quiet">{t('actors.noIncidents')}</p>}
            </section>
            <section class="section">
              <header><h2>{t('claims')}</h2><span class="hint">{t('claims.hint')}</span></header>
              <div class="stack">{a.claims.map((c) => <ClaimCard c={c} />)}</div>
            </section>
          </div>
        </>
      )}
    </Shown>
  );
}
