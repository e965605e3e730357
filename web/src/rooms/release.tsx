// SPDX-License-Identifier: Apache-2.0
// What a partner would see, before anything is sent: each object with the one rule that decided, and what would be cut out
// of it. Looking gives nothing to anybody.
import { useState } from 'preact/hooks';
import { useAsk } from '../api/client';
import type { IncidentFull, Partner, Preview } from '../api/types';
import { number, t, tn } from '../i18n';
import { plain } from '../lib/visible';
import { place, setQuery } from '../router';
import { Dialog, Empty, Name, Shown, State, Value, Why } from '../ui/parts';
import { Table, type Column } from '../ui/table';
import { Difference } from './notes';

const PURPOSES = ['detect', 'respond', 'inform', 'publish'] as const;
type Row = Preview['objects'][number];

export function Release({ incident }: { incident: IncidentFull }) {
  const partners = useAsk<{ partners: Partner[]; policy: boolean }>('/partners');
  const query = place.value.query;
  const purpose = PURPOSES.find((p) => p === query.get('purpose')) ?? 'detect';
  const partner = query.get('partner') ?? partners.value?.partners[0]?.id;
  return (
    <Shown of={partners}>
      {({ partners: list, policy }) => !policy || list.length === 0 ? <Empty title={t('partners.none')}>{t('partners.noneHint')}</Empty> : (
        <>
          <div class="filters">
            <label class="row"><span class="label">{t('partner')}</span>
              <select class="select" value={partner} onChange={(e) => setQuery({ partner: e.currentTarget.value }, 'push')}>{list.map((p) => <option value={p.id}>{plain(p.name, 80)}</option>)}</select>
            </label>
            <div class="row chips" role="group" aria-label={t('release.purpose')}>
              {PURPOSES.map((p) => <button type="button" class="chip" aria-pressed={p === purpose} onClick={() => setQuery({ purpose: p }, 'push')}>{t(`purpose.${p}`)}</button>)}
            </div>
          </div>
          {partner ? <Decisions incident={incident} partner={partner} purpose={purpose} /> : null}
        </>
      )}
    </Shown>
  );
}

function Decisions({ incident, partner, purpose }: { incident: IncidentFull; partner: string; purpose: string }) {
  const asked = useAsk<Preview>(`/incidents/${encodeURIComponent(incident.id)}/preview`, { partner, purpose });
  const [open, setOpen] = useState<Row>();
  const only = place.value.query.get('only') ?? '';
  const columns: Column<Row>[] = [
    { key: 'object', name: t('release.object'), wide: true, cell: (o) => <><small class="quiet">{plain(o.type, 40)}</small> <Value text={o.id} short /></> },
    { key: 'answer', name: t('release.answer'), cell: (o) => <State kind="answer" name={o.answer} /> },
    { key: 'rule', name: t('release.rule'), cell: (o) => <Why says={<p>{tn('rule.', o.rule)}</p>}><code>{plain(o.rule, 40)}</code></Why> },
    { key: 'cut', name: t('release.cut'), cell: (o) => o.redactions?.length ? o.redactions.map((r) => <><code class="value">{plain(r.where, 120)}</code> </>) : null },
    { key: 'open', name: '', end: true, cell: (o) => o.before !== undefined || o.after !== undefined ? <button type="button" class="plain-button" onClick={() => setOpen(o)}>{t('release.look')}</button> : null },
  ];
  return (
    <Shown of={asked}>
      {(p) => {
        const shown = p.objects.filter((o) => only === '' || o.answer === only);
        const counts: [string, number][] = [['release', p.released], ['redact', p.redacted], ['hold', p.held]];
        const all = Math.max(1, p.released + p.redacted + p.held);
        return (
          <>
            <div class="split" role="img" aria-label={counts.map(([name, n]) => `${tn('answer.', name)}: ${number(n)}`).join(', ')}>
              {counts.map(([name, n]) => n > 0 ? <i class={name} style={{ width: ((n / all) * 100).toFixed(2) + '%' }} /> : null)}
            </div>
            <div class="row chips section-row" role="group" aria-label={t('release.answer')}>
              <button type="button" class="chip" aria-pressed={only === ''} onClick={() => setQuery({ only: undefined })}>{t('all')} <small>{number(p.objects.length)}</small></button>
              {counts.map(([name, n]) => <button type="button" class="chip" aria-pressed={only === name} onClick={() => setQuery({ only: name })}><State kind="answer" name={name} /> <small>{number(n)}</small></button>)}
              {p.recalled ? <span class="hint">{t('release.recalled', { n: p.recalled })}</span> : null}
              <span class="hint push">{t('release.nothingSent')}</span>
            </div>
            {shown.length ? <Table label={t('tab.release')} columns={columns} rows={shown} id={(o) => o.id} greyed={(o) => o.answer === 'hold'} /> : <Empty title={t('release.nothing')}>{t('release.nothingHint')}</Empty>}
            {open ? (
              <Dialog title={plain(open.id, 80)} onClose={() => setOpen(undefined)} class="wide">
                <p class="row"><State kind="answer" name={open.answer} /> <span class="soft">{tn('rule.', open.rule)}</span></p>
                <Difference from={open.before === undefined ? '' : JSON.stringify(open.before, null, 2)} to={open.after === undefined ? '' : JSON.stringify(open.after, null, 2)} />
              </Dialog>
            ) : null}
            <p class="hint section">{t('release.for')} <Name text={p.partner} /></p>
          </>
        );
      }}
    </Shown>
  );
}
