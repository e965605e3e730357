// SPDX-License-Identifier: Apache-2.0
// What was done through the server, newest first; what is in sight can be taken along as CSV that no spreadsheet executes.
import { usePages } from '../api/client';
import type { AuditEntry } from '../api/types';
import { moment, number, t, tn } from '../i18n';
import { score } from '../lib/find';
import { csvCell } from '../lib/visible';
import { place, setQuery } from '../router';
import { Empty, Icon, Name, SearchField, Shown, Value } from '../ui/parts';
import { Table } from '../ui/table';

export function Audit() {
  const pages = usePages<AuditEntry, { entries: AuditEntry[]; next?: string }>('/audit', { limit: 200 }, (p) => p.entries);
  const q = place.value.query.get('q') ?? '';
  const rows = q === '' ? pages.rows : pages.rows.filter((e) => score(q, `${e.who} ${e.what} ${e.about} ${e.peer}`) > 0);
  const save = () => {
    const text = [['seq', 'at', 'who', 'from', 'what', 'about'], ...rows.map((e) => [e.seq, e.at, e.who, e.peer, e.what, e.about])].map((r) => r.map(csvCell).join(',')).join('\r\n');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text + '\r\n'], { type: 'text/csv' }));
    link.download = 'audit.csv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return (
    <>
      <div class="room-head"><h1>{t('room.audit')}</h1><div class="actions"><button type="button" class="button" disabled={rows.length === 0} onClick={save}><Icon name="download" />CSV</button></div></div>
      <p class="lede section-lede">{t('audit.lede')}</p>
      <div class="filters"><SearchField id="filter" value={q} label={t('audit.search')} onInput={(v) => setQuery({ q: v })} /><span class="hint push">{t('utc')}</span></div>
      <Shown of={pages}>
        {() => rows.length === 0 ? <Empty title={t('audit.none')}>{t('audit.noneHint')}</Empty> : (
          <Table label={t('room.audit')} rows={rows} id={(e) => e.seq} more={pages.more} fetching={pages.fetching} columns={[
            { key: 'at', name: t('time'), cell: (e) => <span class="nowrap">{moment(e.at)}</span> },
            { key: 'who', name: t('audit.who'), cell: (e) => <Name text={e.who} /> },
            { key: 'what', name: t('audit.what'), cell: (e) => <span class="nowrap">{tn('did.', e.what)}</span> },
            { key: 'about', name: t('audit.about'), wide: true, cell: (e) => <Value text={e.about} max={300} /> },
            { key: 'peer', name: t('audit.from'), cell: (e) => <Value text={e.peer} short /> },
            { key: 'seq', name: t('audit.seq'), end: true, cell: (e) => number(e.seq) },
          ]} />
        )}
      </Shown>
    </>
  );
}
