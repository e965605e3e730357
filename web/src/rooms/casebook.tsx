// SPDX-License-Identifier: Apache-2.0
// The casebook: every incident as one row, found as one types in names, evidence, traits and notes alike. The filter is the
// address; a filter worth keeping gets a name.
import { useState } from 'preact/hooks';
import { send, usePages } from '../api/client';
import type { Incident, IncidentPage } from '../api/types';
import { ago, moment, number, t, tn } from '../i18n';
import { go, place, setQuery, to } from '../router';
import { like, likes, may } from '../state';
import { chooseFiles } from '../ui/drop';
import { Dialog, Empty, Field, Icon, Name, SearchField, Shown, Value, Why, Wrong } from '../ui/parts';
import { Table, type Column } from '../ui/table';

const SORTS = ['-created', 'created', 'name', '-name'];

const columns = (): Column<Incident>[] => [
  { key: 'name', name: t('incident'), wide: true, sort: true, cell: (i) => <Name text={i.name} /> },
  { key: 'why', name: t('casebook.matched'), cell: (i) => i.matched?.length ? (
    <span class="matched">{i.matched.slice(0, 2).map((m) => <span><small class="quiet">{m.class ? tn('class.', m.class) : t(`matched.${m.kind}`)}</small> <Value text={m.value} short /></span>)}</span>
  ) : null },
  { key: 'evidence', name: t('evidence'), end: true, cell: (i) => number(i.evidence) },
  { key: 'traits', name: t('traits'), end: true, cell: (i) => number(i.traits) },
  { key: 'created', name: t('created'), end: true, sort: true, cell: (i) => <span class="nowrap" title={moment(i.created) + ' UTC'}>{ago(i.created)}</span> },
];

export function Casebook() {
  const query = place.value.query;
  const q = query.get('q') ?? '';
  const asked = query.get('sort') ?? '-created';
  const sort = SORTS.includes(asked) ? asked : '-created';
  const from = query.get('from') ?? '';
  const to_ = query.get('to') ?? '';
  const pages = usePages<Incident, IncidentPage>('/incidents', { q, sort, from, to: to_, limit: 100 }, (p) => p.incidents, q ? 40 : 0);
  const [making, setMaking] = useState(false);
  const filtered = q !== '' || from !== '' || to_ !== '';
  const shown = q ? columns() : columns().filter((c) => c.key !== 'why');
  return (
    <>
      <div class="room-head">
        <h1>{t('room.casebook')}</h1>
        {pages.value ? <span class="quiet" role="status">{t('nIncidents', { n: pages.value.total })}</span> : null}
        <div class="actions">
          {may('analyst') ? (
            <>
              <button type="button" class="button" onClick={chooseFiles}><Icon name="upload" />{t('addFiles')}</button>
              <button type="button" class="button first" onClick={() => setMaking(true)}><Icon name="add" />{t('newIncident')}</button>
            </>
          ) : null}
        </div>
      </div>
      <div class="filters">
        <SearchField id="filter" value={q} label={t('casebook.search')} onInput={(v) => setQuery({ q: v })} />
        <label class="row"><span class="label">{t('from')}</span><input type="date" class="input date" value={from} onInput={(e) => setQuery({ from: e.currentTarget.value })} /></label>
        <label class="row"><span class="label">{t('until')}</span><input type="date" class="input date" value={to_} onInput={(e) => setQuery({ to: e.currentTarget.value })} /></label>
        <Saved filtered={filtered} />
      </div>
      {pages.value?.partial ? <p class="hint"><Why says={<p>{t('casebook.partialWhy')}</p>}>{t('casebook.partial')}</Why></p> : null}
      <Shown of={pages}>
        {() => pages.rows.length > 0 ? (
          <Table label={t('room.casebook')} columns={shown} rows={pages.rows} id={(i) => i.id} href={(i) => to`/incidents/${i.id}`} sort={sort}
            onSort={(s) => SORTS.includes(s) && setQuery({ sort: s === '-created' ? undefined : s })} more={pages.more} fetching={pages.fetching} />
        ) : filtered ? (
          <Empty title={t('casebook.nothing')} actions={<button type="button" class="button" onClick={() => go('/incidents')}>{t('casebook.clear')}</button>}>{t('casebook.nothingHint')}</Empty>
        ) : (
          <Empty title={t('casebook.empty')} actions={may('analyst') ? <button type="button" class="button first" onClick={chooseFiles}>{t('addFiles')}</button> : undefined}>{t('casebook.emptyHint')}</Empty>
        )}
      </Shown>
      {making ? <Make onClose={() => setMaking(false)} /> : null}
    </>
  );
}

function Saved({ filtered }: { filtered: boolean }) {
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const here = place.value.query.toString();
  const saved = likes.value.filters ?? [];
  const save = (e: Event) => {
    e.preventDefault();
    like({ filters: [...saved.filter((f) => f.name !== name.trim()), { name: name.trim(), query: here }].slice(-50) });
    setNaming(false);
    setName('');
  };
  return (
    <>
      {saved.map((f) => (
        <span class="chip-pair">
          <a class="chip" href={'/incidents?' + new URLSearchParams(f.query).toString()} aria-current={f.query === here ? 'true' : undefined}><Name text={f.name} /></a>
          <button type="button" class="icon-button" aria-label={t('casebook.forget', { name: f.name })} onClick={() => like({ filters: saved.filter((x) => x !== f) })}><Icon name="close" /></button>
        </span>
      ))}
      {filtered && !saved.some((f) => f.query === here) ? <button type="button" class="chip" onClick={() => setNaming(true)}>{t('casebook.save')}</button> : null}
      {naming ? (
        <Dialog title={t('casebook.save')} onClose={() => setNaming(false)}>
          <form class="form" onSubmit={save}>
            <Field label={t('name')}><input class="input" required maxLength={60} value={name} onInput={(e) => setName(e.currentTarget.value)} autofocus /></Field>
            <div class="row"><button type="submit" class="button first">{t('save')}</button></div>
          </form>
        </Dialog>
      ) : null}
    </>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [wrong, setWrong] = useState<Error>();
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      const made = await send<Incident>('POST', '/incidents', { body: { name: name.trim() } });
      onClose();
      go(to`/incidents/${made.id}`);
    } catch (error) {
      setWrong(error as Error);
    }
  };
  return (
    <Dialog title={t('newIncident')} onClose={onClose}>
      <form class="form" onSubmit={(e) => void submit(e)}>
        <Field label={t('name')} hint={t('newIncidentHint')}><input class="input" required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} autofocus autoComplete="off" /></Field>
        {wrong ? <Wrong error={wrong} /> : null}
        <div class="row"><button type="submit" class="button first">{t('make')}</button></div>
      </form>
    </Dialog>
  );
}
