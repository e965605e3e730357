// SPDX-License-Identifier: Apache-2.0
// The pieces of an incident: what each is, what became of reading it, and why if something was in the way.
import { usePages } from '../api/client';
import type { Evidence, EvidencePage, IncidentFull } from '../api/types';
import { bytes, moment, number, t } from '../i18n';
import { plain } from '../lib/visible';
import { to } from '../router';
import { may } from '../state';
import { chooseFiles } from '../ui/drop';
import { Empty, Shown, State, Value, Why } from '../ui/parts';
import { Table, type Column } from '../ui/table';

function depths(rows: readonly Evidence[]): Map<number, number> {
  const known = new Map<number, number>();
  for (const e of rows) known.set(e.id, e.parent && known.has(e.parent) ? known.get(e.parent)! + 1 : 0);
  return known;
}

export function EvidenceList({ incident }: { incident: IncidentFull }) {
  const pages = usePages<Evidence, EvidencePage>(`/incidents/${encodeURIComponent(incident.id)}/evidence`, { limit: 200 }, (p) => p.evidence);
  const depth = depths(pages.rows);
  const columns: Column<Evidence>[] = [
    { key: 'name', name: t('evidence'), wide: true, cell: (e) => <span class={`depth depth-${Math.min(6, depth.get(e.id) ?? 0)}`}><Value text={e.name} /></span> },
    { key: 'format', name: t('evidence.format'), cell: (e) => <span class="nowrap">{plain(e.format, 40)}</span> },
    {
      key: 'verdict', name: t('evidence.verdict'), cell: (e) => e.reason || !e.complete ? (
        <Why says={<><p>{t('verdict.why')}</p><p><Value text={e.reason ?? ''} /></p>{e.complete ? null : <p>{t('evidence.incomplete')}</p>}</>}><State kind="verdict" name={e.verdict} /></Why>
      ) : <State kind="verdict" name={e.verdict} />,
    },
    { key: 'traits', name: t('traits'), end: true, cell: (e) => number(e.traits) },
    { key: 'size', name: t('size'), end: true, cell: (e) => <span class="nowrap">{bytes(e.size)}</span> },
    { key: 'added', name: t('added'), end: true, cell: (e) => <span class="nowrap">{moment(e.added, false)}</span> },
  ];
  return (
    <Shown of={pages}>
      {() => pages.rows.length === 0 ? (
        <Empty title={t('incident.empty')} actions={may('analyst') ? <button type="button" class="button first" onClick={chooseFiles}>{t('addFiles')}</button> : undefined}>{t('incident.emptyHint')}</Empty>
      ) : (
        <Table label={t('evidence')} columns={columns} rows={pages.rows} id={(e) => e.id} href={(e) => to`/evidence/${e.sha256}`} more={pages.more} fetching={pages.fetching} />
      )}
    </Shown>
  );
}
