// SPDX-License-Identifier: Apache-2.0
// Whose may it be? Ranked, with "none that I know" in the same list and on the same scale; beside it who says what, which is
// shown and never weighed.
import { useState } from 'preact/hooks';
import { generation, Refusal, send, useAsk } from '../api/client';
import type { Attribution, Claim, IncidentFull, NewClaim } from '../api/types';
import { bits, percent, t, tn } from '../i18n';
import { plain, safeLink } from '../lib/visible';
import { to } from '../router';
import { may } from '../state';
import { Bar, Dialog, Empty, Field, Name, Shown, Value, Why, Wrong } from '../ui/parts';
import { toast } from '../ui/toast';
import { supportWords } from './words';

type Suspect = Attribution['suspects'][number];

export function AttributionSection({ incident }: { incident: IncidentFull }) {
  const asked = useAsk<Attribution>(`/incidents/${encodeURIComponent(incident.id)}/attribution`);
  const nobody = asked.wrong instanceof Refusal && asked.wrong.problem.code === 'nobody-known';
  return (
    <div class="columns">
      <section class="section">
        <header><h2>{t('attribution.title')}</h2></header>
        {nobody ? <Empty title={t('attribution.nobody')}>{t('attribution.nobodyHint')}</Empty> : (
          <Shown of={asked}>{(a) => a.suspects.length === 0 ? <Empty title={t('attribution.nobody')}>{t('attribution.nobodyHint')}</Empty> : <Ranking a={a} />}</Shown>
        )}
      </section>
      <Claims incident={incident} />
    </div>
  );
}

function Ranking({ a }: { a: Attribution }) {
  const rows: ({ none: number } | Suspect)[] = [...a.suspects, { none: a.none }].sort((x, y) => ('none' in y ? y.none : y.posterior) - ('none' in x ? x.none : x.posterior));
  return (
    <>
      <p class="hint">{t('attribution.among', { actors: a.actors, incidents: a.incidents })}</p>
      {a.contradiction ? <p class="note-strip caution">{t('attribution.contradiction')}</p> : null}
      <ol class="matches">
        {rows.map((s) => 'none' in s ? (
          <li class="none">
            <div class="row"><strong>{t('attribution.none')}</strong><span class="push"><Why says={<p>{t('attribution.noneWhy')}</p>}><b>{percent(s.none)}</b></Why></span></div>
            <Bar part={s.none} />
          </li>
        ) : (
          <li>
            <div class="row">
              <a class="strong" href={to`/actor?name=${s.actor}`}><Name text={s.actor} /></a>
              {s.nameable ? null : <span class="sample"><Why says={<p>{t('attribution.notNameableWhy')}</p>}>{t('attribution.notNameable')}</Why></span>}
              <span class="push"><Why says={<><p>{t('attribution.posterior', { p: percent(s.posterior), words: tn('chance.', s.posterior_words) })}</p><p>{supportWords(s.bits)}</p></>}><b>{percent(s.posterior)}</b></Why></span>
            </div>
            <Bar part={s.posterior} />
            <Range s={s} />
            <details>
              <summary class="hint">{t('attribution.why', { n: s.arguments.length })}</summary>
              <ul class="lines">{s.arguments.map((x) => (
                <li><span class="against-bits">{bits(x.bits)}</span> <small class="quiet">{tn('class.', x.kind)}</small> <Value text={x.value} max={200} /> <small class="quiet">{t('attribution.argument', { some: x.actor_incidents, all: s.incidents, others: x.other_actors })}</small></li>
              ))}</ul>
            </details>
          </li>
        ))}
      </ol>
    </>
  );
}

/** What would be left if any one group were planted: from the worst to the best. */
function Range({ s }: { s: Suspect }) {
  const left = Object.values(s.without_group);
  if (left.length === 0) return null;
  return <p class="hint">{t('attribution.range', { low: percent(Math.min(s.posterior, ...left)), high: percent(Math.max(s.posterior, ...left)) })}</p>;
}

export function ClaimCard({ c, onWithdraw }: { c: Claim; onWithdraw?: () => void }) {
  const link = c.source ? safeLink(c.source) : undefined;
  return (
    <article class={c.withdrawn ? 'card claim greyed' : 'card claim'}>
      <header><strong><Name text={c.publisher} /></strong><span class="hint">{plain(c.said, 40)}</span>{c.withdrawn ? <span class="sample caution">{t('claim.withdrawn')}</span> : null}</header>
      <p>{tn('relation.', c.relation)} <strong><Name text={c.target} /></strong></p>
      {c.ground ? <p class="soft"><Name text={c.ground} /></p> : null}
      <p class="hint">
        {[tn('opinion.', c.opinion), c.confidence === undefined ? '' : t('claim.confidence', { n: c.confidence }), c.grade ? t('claim.grade', { grade: plain(c.grade, 10) }) : ''].filter(Boolean).join(' · ')}
        {c.source ? <> · {link ? <a href={link} rel="noopener noreferrer nofollow" target="_blank"><Name text={c.source} /></a> : <Name text={c.source} />}</> : null}
      </p>
      {c.withdrawn_why ? <p class="hint"><Name text={c.withdrawn_why} /></p> : null}
      {onWithdraw && !c.withdrawn && c.type === 'ledger' ? <button type="button" class="plain-button no-print" onClick={onWithdraw}>{t('claim.withdraw')}</button> : null}
    </article>
  );
}

function Claims({ incident }: { incident: IncidentFull }) {
  const asked = useAsk<{ claims: Claim[] }>(`/incidents/${encodeURIComponent(incident.id)}/claims`);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Claim>();
  return (
    <section class="section">
      <header><h2>{t('claims')}</h2><span class="hint">{t('claims.hint')}</span>{may('analyst') ? <button type="button" class="plain-button push no-print" onClick={() => setAdding(true)}>{t('claim.add')}</button> : null}</header>
      <Shown of={asked}>
        {({ claims }) => claims.length === 0 ? <Empty title={t('claims.empty')}>{t('claims.emptyHint')}</Empty> : (
          <div class="stack">{claims.map((c) => <ClaimCard c={c} onWithdraw={may('analyst') ? () => setLeaving(c) : undefined} />)}</div>
        )}
      </Shown>
      {adding ? <AddClaim incident={incident} onClose={() => setAdding(false)} /> : null}
      {leaving ? <Withdraw c={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </section>
  );
}

function AddClaim({ incident, onClose }: { incident: IncidentFull; onClose: () => void }) {
  const [claim, setClaim] = useState<NewClaim>({ relation: 'attributed-to', target: '', publisher: '', said: new Date().toISOString().slice(0, 10), opinion: 4 });
  const [wrong, setWrong] = useState<Error>();
  const set = (change: Partial<NewClaim>) => setClaim({ ...claim, ...change });
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await send('POST', `/incidents/${encodeURIComponent(incident.id)}/claims`, { body: Object.fromEntries(Object.entries(claim).filter(([, v]) => v !== '')) });
      toast(t('saved'));
      generation.value++;
      onClose();
    } catch (error) {
      setWrong(error as Error);
    }
  };
  return (
    <Dialog title={t('claim.add')} onClose={onClose}>
      <form class="form" onSubmit={(e) => void submit(e)}>
        <Field label={t('claim.publisher')}><input class="input" required maxLength={4000} value={claim.publisher} onInput={(e) => set({ publisher: e.currentTarget.value })} autofocus /></Field>
        <Field label={t('claim.relation')}><select class="select" value={claim.relation} onChange={(e) => set({ relation: e.currentTarget.value as NewClaim['relation'] })}><option value="attributed-to">{t('relation.attributed-to')}</option><option value="related-to">{t('relation.related-to')}</option></select></Field>
        <Field label={t('claim.target')}><input class="input" required maxLength={4000} value={claim.target} onInput={(e) => set({ target: e.currentTarget.value })} /></Field>
        <Field label={t('claim.said')}><input class="input" type="date" required value={claim.said} onInput={(e) => set({ said: e.currentTarget.value })} /></Field>
        <Field label={t('claim.opinion')}><select class="select" value={String(claim.opinion)} onChange={(e) => set({ opinion: Number(e.currentTarget.value) })}>{[5, 4, 3, 2, 1].map((n) => <option value={String(n)}>{tn('opinion.', String(n))}</option>)}</select></Field>
        <Field label={t('claim.ground')}><textarea class="area" rows={3} maxLength={4000} value={claim.ground ?? ''} onInput={(e) => set({ ground: e.currentTarget.value })} /></Field>
        <Field label={t('claim.source')}><input class="input" maxLength={4000} value={claim.source ?? ''} onInput={(e) => set({ source: e.currentTarget.value })} /></Field>
        {wrong ? <Wrong error={wrong} /> : null}
        <div class="row"><button type="submit" class="button first">{t('save')}</button></div>
      </form>
    </Dialog>
  );
}

function Withdraw({ c, onClose }: { c: Claim; onClose: () => void }) {
  const [why, setWhy] = useState('');
  const [wrong, setWrong] = useState<Error>();
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await send('DELETE', '/claims/' + encodeURIComponent(c.id), { body: { why } });
      generation.value++;
      onClose();
    } catch (error) {
      setWrong(error as Error);
    }
  };
  return (
    <Dialog title={t('claim.withdraw')} onClose={onClose}>
      <form class="form" onSubmit={(e) => void submit(e)}>
        <Field label={t('claim.why')} hint={t('claim.stays')}><input class="input" required maxLength={4000} value={why} onInput={(e) => setWhy(e.currentTarget.value)} autofocus /></Field>
        {wrong ? <Wrong error={wrong} /> : null}
        <div class="row"><button type="submit" class="button grave">{t('claim.withdraw')}</button></div>
      </form>
    </Dialog>
  );
}

