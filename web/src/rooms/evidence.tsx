// SPDX-License-Identifier: Apache-2.0
// One piece of evidence: its name of names (SHA-256), what its reader noticed at which byte, its facts, where else it lies.
import { useAsk } from '../api/client';
import type { EvidenceFull } from '../api/types';
import { bytes, moment, number, t, tn } from '../i18n';
import { plain } from '../lib/visible';
import { to, type Params } from '../router';
import { toast } from '../ui/toast';
import { Icon, Name, Shown, State, Value } from '../ui/parts';
import { Table } from '../ui/table';
import { Functions } from './functions';

export function EvidenceRoom({ params }: { params: Params }) {
  const asked = useAsk<EvidenceFull>(`/evidence/${encodeURIComponent(params['sha256']!)}`);
  return (
    <Shown of={asked}>
      {({ evidence: e, notes, facts, incidents }) => (
        <>
          <div class="room-head">
            <p class="crumb">{incidents.map((i, n) => <>{n ? ' · ' : ''}<a href={to`/incidents/${i.id}/evidence`}><Name text={i.name} /></a></>)}</p>
            <h1><Value text={e.name} /></h1>
            <State kind="verdict" name={e.verdict} />
          </div>
          {e.reason ? <p class="note-strip caution"><Value text={e.reason} /></p> : null}
          <dl class="facts section">
            <dt>SHA-256</dt>
            <dd><code class="value">{e.sha256}</code> <button type="button" class="icon-button" aria-label={t('copy')} onClick={() => void navigator.clipboard?.writeText(e.sha256).then(() => toast(t('copied')))}><Icon name="copy" /></button></dd>
            <dt>{t('evidence.format')}</dt><dd>{plain(e.format, 60)}</dd>
            <dt>{t('size')}</dt><dd>{bytes(e.size)} · {t('nBytes', { n: e.size })}</dd>
            <dt>{t('added')}</dt><dd>{moment(e.added)} UTC</dd>
            <dt>{t('traits')}</dt><dd>{number(e.traits)}</dd>
            <dt>{t('evidence.kept')}</dt><dd>{t(e.kept ? 'yes' : 'no')}</dd>
          </dl>
          <section class="section">
            <header><h2>{t('evidence.notes')}</h2></header>
            {notes.length === 0 ? <p class="quiet">{t('evidence.noNotes')}</p> : (
              <Table label={t('evidence.notes')} rows={notes.map((n, i) => ({ ...n, i }))} id={(n) => n.i} columns={[
                { key: 'text', name: t('evidence.noticed'), wide: true, cell: (n) => <Value text={n.text} /> },
                { key: 'severity', name: t('evidence.severity'), cell: (n) => <span class={'sample ' + ({ warning: 'caution', error: 'grave' }[n.severity as string] ?? '')}>{tn('severity.', n.severity)}</span> },
                { key: 'offset', name: t('evidence.offset'), end: true, cell: (n) => n.offset === undefined ? '' : <code>+0x{n.offset.toString(16)}</code> },
              ]} />
            )}
          </section>
          <Functions sha256={e.sha256} format={e.format} />
          <section class="section">
            <header><h2>{t('evidence.facts')}</h2></header>
            <dl class="facts">{facts.map((f) => <><dt>{plain(f.name, 80)}</dt><dd><Value text={f.value} /></dd></>)}</dl>
          </section>
        </>
      )}
    </Shown>
  );
}
