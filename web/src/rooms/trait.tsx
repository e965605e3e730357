// SPDX-License-Identifier: Apache-2.0
// One trait of one incident: how rare, at which bytes of which evidence, and who else holds it.
import { useAsk } from '../api/client';
import type { TraitFull } from '../api/types';
import { moment, number, t, tn } from '../i18n';
import { to, type Params } from '../router';
import { Bits, Name, Shown, Value } from '../ui/parts';
import { Table } from '../ui/table';
import { className, rarityWords, roleName } from './words';

export function Trait({ params }: { params: Params }) {
  const id = params['incident']!;
  const asked = useAsk<TraitFull>(`/incidents/${encodeURIComponent(id)}/traits/${encodeURIComponent(params['trait']!)}`);
  return (
    <Shown of={asked}>
      {({ trait: x, seen, incidents }) => (
        <>
          <div class="room-head">
            <p class="crumb"><a href={to`/incidents/${id}/traits`}>{t('traits')}</a> · {tn('group.', x.group)} · {className(x.class)}</p>
            <h1><Value text={x.value} /></h1>
          </div>
          <p class="lede"><Bits value={x.bits} /> {rarityWords(x)}</p>
          <p class="hint">{t('planted.by', { what: tn('planted.', x.group) })}</p>
          <section class="section">
            <header><h2>{t('trait.where')}</h2></header>
            <Table label={t('trait.where')} rows={seen.map((s, i) => ({ ...s, i }))} id={(s) => s.i} columns={[
              { key: 'name', name: t('evidence'), wide: true, cell: (s) => <Value text={s.name} /> },
              { key: 'role', name: t('trait.role'), cell: (s) => roleName(s.role) },
              { key: 'offset', name: t('evidence.offset'), end: true, cell: (s) => s.offset === undefined ? '' : <code>+0x{s.offset.toString(16)}</code> },
              { key: 'count', name: t('trait.seen'), end: true, cell: (s) => number(s.count) },
              { key: 'first', name: t('first'), end: true, cell: (s) => s.first ? <span class="nowrap">{moment(s.first)}</span> : '' },
              { key: 'last', name: t('last'), end: true, cell: (s) => s.last ? <span class="nowrap">{moment(s.last)}</span> : '' },
            ]} />
          </section>
          <section class="section">
            <header><h2>{t('trait.others')}</h2><span class="quiet">{number(incidents.length)}</span></header>
            {incidents.length === 0 ? <p class="quiet">{t('trait.noOthers')}</p> : (
              <ul class="choices">{incidents.map((i) => (
                <li><a class="chip" href={i.id === id ? to`/incidents/${i.id}` : to`/incidents/${id}/finding/${i.id}`}><Name text={i.name} /></a></li>
              ))}</ul>
            )}
          </section>
        </>
      )}
    </Shown>
  );
}
