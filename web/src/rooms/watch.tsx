// SPDX-License-Identifier: Apache-2.0
// What watching found, newest first; each hit can be opened down to the record it came from.
import { useState } from 'preact/hooks';
import { usePages } from '../api/client';
import type { Hit } from '../api/types';
import { moment, t } from '../i18n';
import { Dialog, Empty, Shown, Value } from '../ui/parts';
import { Table } from '../ui/table';

/** A member of the record by its way, as text; whatever is in between may be missing or of another kind. */
export function member(record: unknown, way: string): string {
  let at: unknown = record;
  if (typeof at === 'object' && at !== null && way in at) at = (at as Record<string, unknown>)[way];
  else for (const name of way.split('.')) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return typeof at === 'string' ? at : typeof at === 'number' ? String(at) : Array.isArray(at) ? at.filter((x) => typeof x === 'string').join(', ') : '';
}
const first = (record: unknown, ...ways: string[]): string => ways.map((w) => member(record, w)).find((x) => x !== '') ?? '';

export function Watch() {
  const pages = usePages<Hit, { hits: Hit[]; stored: boolean; next?: string }>('/watch/hits', { limit: 200 }, (p) => p.hits);
  const [open, setOpen] = useState<Hit>();
  return (
    <>
      <div class="room-head"><h1>{t('room.watch')}</h1></div>
      <p class="lede section-lede">{t('watch.lede')}</p>
      <Shown of={pages}>
        {({ stored }) => pages.rows.length === 0 ? <Empty title={t('watch.none')}>{t(stored ? 'watch.noneHint' : 'watch.notStored')}</Empty> : (
          <Table label={t('room.watch')} rows={pages.rows} id={(h) => h.seq} open={setOpen} more={pages.more} fetching={pages.fetching} columns={[
            { key: 'what', name: t('watch.what'), wide: true, cell: (h) => <Value text={first(h.record, 'threat.indicator.value', 'threat.indicator.ip', 'threat.indicator.name', 'value', 'indicator', 'message') || '#' + h.seq} short /> },
            { key: 'source', name: t('watch.source'), cell: (h) => <Value text={first(h.record, 'log.file.path', 'source', 'file')} short /> },
            { key: 'at', name: t('time'), end: true, cell: (h) => <span class="nowrap">{moment(h.at)}</span> },
          ]} />
        )}
      </Shown>
      {open ? <Dialog title={t('watch.record')} onClose={() => setOpen(undefined)} class="wide"><div class="record">{JSON.stringify(open.record, null, 2).split('\n').map((line) => <div><Value text={line} /></div>)}</div></Dialog> : null}
    </>
  );
}
