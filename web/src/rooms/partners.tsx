// SPDX-License-Identifier: Apache-2.0
// Partners of the policy, what each was given, and who still owes an answer to what was called back.
import { useAsk, usePages } from '../api/client';
import type { GivenEntry, Obligation, Partner as Row } from '../api/types';
import { day, moment, number, t, tn } from '../i18n';
import { plain } from '../lib/visible';
import { to, type Params } from '../router';
import { may } from '../state';
import { Empty, Name, Shown, State, Why } from '../ui/parts';
import { Table } from '../ui/table';

export function Partners() {
  const asked = useAsk<{ partners: Row[]; policy: boolean }>('/partners');
  return (
    <>
      <div class="room-head"><h1>{t('room.partners')}</h1></div>
      <p class="lede section-lede">{t('partners.lede')}</p>
      <Shown of={asked}>
        {({ partners, policy }) => !policy || partners.length === 0 ? <Empty title={t('partners.none')}>{t('partners.noneHint')}</Empty> : (
          <Table label={t('room.partners')} rows={partners} id={(p) => p.id} href={may('liaison') ? (p) => to`/partners/${p.id}` : undefined} columns={[
            { key: 'name', name: t('name'), wide: true, cell: (p) => <Name text={p.name} /> },
            { key: 'given', name: t('partners.given'), end: true, cell: (p) => <Why says={<p>{t('partners.givenWhy')}</p>}>{number(p.given)}</Why> },
            { key: 'obligations', name: t('partners.owes'), end: true, cell: (p) => p.obligations ? <span class="sample caution">{number(p.obligations)}</span> : number(0) },
          ]} />
        )}
      </Shown>
      {may('liaison') ? <Recalls /> : null}
    </>
  );
}

function Recalls() {
  const asked = useAsk<{ obligations: Obligation[] }>('/recalls');
  return (
    <section class="section">
      <header><h2>{t('recalls')}</h2><span class="hint">{t('recalls.hint')}</span></header>
      <Shown of={asked}>
        {({ obligations }) => obligations.length === 0 ? <p class="quiet">{t('recalls.none')}</p> : (
          <Table label={t('recalls')} rows={obligations.map((o, i) => ({ ...o, i }))} id={(o) => o.i} columns={[
            { key: 'recall', name: t('recall'), cell: (o) => number(o.recall) },
            { key: 'partner', name: t('partner'), wide: true, cell: (o) => <Name text={o.partner} /> },
            { key: 'state', name: t('recalls.state'), cell: (o) => <State kind="obligation" name={o.state} /> },
            { key: 'due', name: t('recalls.due'), end: true, cell: (o) => day(o.due) },
            { key: 'ack', name: t('recalls.acknowledged'), end: true, cell: (o) => t('of', { some: o.acknowledged, all: o.sent }) },
          ]} />
        )}
      </Shown>
    </section>
  );
}

export function Partner({ params }: { params: Params }) {
  const id = params['partner']!;
  const all = useAsk<{ partners: Row[]; policy: boolean }>('/partners');
  const pages = usePages<GivenEntry, { entries: GivenEntry[]; next?: string }>(`/partners/${encodeURIComponent(id)}/given`, { limit: 200 }, (p) => p.entries);
  const partner = all.value?.partners.find((p) => p.id === id);
  return (
    <>
      <div class="room-head"><p class="crumb"><a href="/partners">{t('room.partners')}</a></p><h1><Name text={partner?.name ?? id} /></h1></div>
      <section class="section">
        <header><h2>{t('partners.given')}</h2></header>
        <Shown of={pages}>
          {() => pages.rows.length === 0 ? <Empty title={t('partners.nothingGiven')}>{t('partners.nothingGivenHint')}</Empty> : (
            <Table label={t('partners.given')} rows={pages.rows} id={(e) => e.seq} more={pages.more} fetching={pages.fetching} columns={[
              { key: 'at', name: t('time'), cell: (e) => <span class="nowrap">{moment(e.at)}</span> },
              { key: 'kind', name: t('audit.what'), cell: (e) => tn('given.', e.kind) },
              { key: 'incident', name: t('incident'), wide: true, cell: (e) => plain(e.incident, 120) },
              { key: 'seq', name: t('audit.seq'), end: true, cell: (e) => number(e.seq) },
            ]} />
          )}
        </Shown>
      </section>
    </>
  );
}
