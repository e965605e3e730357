// SPDX-License-Identifier: Apache-2.0
// Traits by group, each with how rare it is in incidents and in the harmless world. What is common is greyed, not hidden.
import { usePages } from '../api/client';
import type { IncidentFull, Trait, TraitPage } from '../api/types';
import { number, t, tn } from '../i18n';
import { place, setQuery, to } from '../router';
import { Bar, Bits, Empty, SearchField, Shown, Value } from '../ui/parts';
import { Table, type Column } from '../ui/table';
import { className, rarityWords, roleName } from './words';

export function Traits({ incident }: { incident: IncidentFull }) {
  const query = place.value.query;
  const group = query.get('group') ?? '';
  const cls = query.get('class') ?? '';
  const q = query.get('q') ?? '';
  const pages = usePages<Trait, TraitPage>(`/incidents/${encodeURIComponent(incident.id)}/traits`, { group, class: cls, q, limit: 100 }, (p) => p.traits, q ? 60 : 0);
  const groups = incident.groups.filter((g) => g.traits > 0);
  const classes = groups.find((g) => g.group === group)?.classes.filter((c) => c.traits > 0) ?? [];
  const columns: Column<Trait>[] = [
    { key: 'value', name: t('trait'), wide: true, cell: (x) => <Value text={x.value} max={400} /> },
    { key: 'class', name: t('trait.class'), cell: (x) => <span class="nowrap">{className(x.class)}</span> },
    { key: 'roles', name: t('trait.role'), cell: (x) => x.roles.map(roleName).join(', ') },
    { key: 'count', name: t('trait.seen'), end: true, cell: (x) => number(x.count) },
    { key: 'incidents', name: t('rarity.inIncidents'), end: true, cell: (x) => <span class="nowrap">{t('of', { some: x.incidents, all: x.incidents_all })}</span> },
    { key: 'baseline', name: t('rarity.harmless'), end: true, cell: (x) => <span class="nowrap">{x.baseline_all ? t('of', { some: x.baseline, all: x.baseline_all }) : '–'}</span> },
    { key: 'bar', name: '', cell: (x) => <Bar part={x.bits / 16} thin /> },
    { key: 'bits', name: t('rarity'), end: true, cell: (x) => <Bits value={x.bits} says={<><p>{rarityWords(x)}</p><p class="hint">{t('rarity.alone')}</p></>} /> },
  ];
  return (
    <>
      <div class="filters">
        <SearchField id="filter" value={q} label={t('traits.search')} onInput={(v) => setQuery({ q: v })} />
        <div class="row chips" role="group" aria-label={t('incident.groups')}>
          <button type="button" class="chip" aria-pressed={group === ''} onClick={() => setQuery({ group: undefined, class: undefined }, 'push')}>{t('all')} <small>{number(incident.traits)}</small></button>
          {groups.map((g) => (
            <button type="button" class="chip" aria-pressed={group === g.group} title={t('planted.by', { what: tn('planted.', g.group) })}
              onClick={() => setQuery({ group: g.group, class: undefined }, 'push')}>{tn('group.', g.group)} <small>{number(g.traits)}</small></button>
          ))}
        </div>
        {classes.length > 1 ? (
          <label class="row"><span class="label">{t('trait.class')}</span>
            <select class="select" value={cls} onChange={(e) => setQuery({ class: e.currentTarget.value }, 'push')}>
              <option value="">{t('all')}</option>
              {classes.map((c) => <option value={c.class}>{className(c.class)} ({number(c.traits)})</option>)}
            </select>
          </label>
        ) : null}
      </div>
      <Shown of={pages}>
        {() => pages.rows.length > 0 ? (
          <Table label={t('traits')} columns={columns} rows={pages.rows} id={(x) => x.id} href={(x) => to`/incidents/${incident.id}/traits/${x.id}`}
            greyed={(x) => x.bits <= 0} more={pages.more} fetching={pages.fetching} />
        ) : <Empty title={t('traits.nothing')}>{t('traits.nothingHint')}</Empty>}
      </Shown>
    </>
  );
}
