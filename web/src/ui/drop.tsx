// SPDX-License-Identifier: Apache-2.0
// Files may be dropped anywhere. On an incident they belong to it; elsewhere the page asks which. The tray says of each
// file how far it is, what came of it, and offers to pause, go on and give up.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, send, useAsk, Refusal } from '../api/client';
import type { Incident, IncidentPage } from '../api/types';
import { add, cancel, clearFinished, dropped, pause, resume, sendings, type Sending } from '../api/upload';
import { bytes, list, percent, t, tn } from '../i18n';
import { plain } from '../lib/visible';
import { match, place, to } from '../router';
import { may } from '../state';
import { Bar, Dialog, Field, Icon, Name, Wrong } from './parts';

type Files = { file: File; name: string }[];
/** Files that wait for somebody to say which incident they belong to. */
const homeless = signal<Files | undefined>(undefined);

const incidentHere = (): string | undefined => {
  const parts = place.value.path.split('/');
  return parts[1] === 'incidents' && parts[2] ? match('/incidents/:id', parts.slice(0, 3).join('/'))?.['id'] : undefined;
};

async function take(files: Files): Promise<void> {
  if (files.length === 0) return;
  const id = incidentHere();
  if (id === undefined) {
    homeless.value = files;
    return;
  }
  const incident = await get<Incident>(`/incidents/${encodeURIComponent(id)}`).catch(() => undefined);
  if (incident) add(incident.id, incident.name, files);
  else homeless.value = files;
}

export function chooseFiles(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.addEventListener('change', () => void take([...(input.files ?? [])].map((file) => ({ file, name: file.name }))));
  input.click();
}

export function DropEverywhere() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const withFiles = (e: DragEvent) => e.dataTransfer?.types.includes('Files') ?? false;
    const enter = (e: DragEvent) => {
      if (!withFiles(e)) return;
      e.preventDefault();
      depth++;
      setOver(true);
    };
    const move = (e: DragEvent) => { if (withFiles(e)) e.preventDefault(); };
    const out = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const drop = (e: DragEvent) => {
      if (!withFiles(e)) return;
      e.preventDefault();
      depth = 0;
      setOver(false);
      if (may('analyst') && e.dataTransfer) void dropped(e.dataTransfer).then(take);
    };
    addEventListener('dragenter', enter);
    addEventListener('dragover', move);
    addEventListener('dragleave', out);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragenter', enter);
      removeEventListener('dragover', move);
      removeEventListener('dragleave', out);
      removeEventListener('drop', drop);
    };
  }, []);
  return (
    <>
      {over ? <div class="drop-veil"><div><h2>{t(may('analyst') ? 'drop.title' : 'drop.mayNot')}</h2><p class="soft">{t('drop.text')}</p></div></div> : null}
      {homeless.value ? <Where files={homeless.value} onClose={() => (homeless.value = undefined)} /> : null}
    </>
  );
}

function Where({ files, onClose }: { files: Files; onClose: () => void }) {
  const [name, setName] = useState('');
  const [wrong, setWrong] = useState<Error>();
  const asked = useAsk<IncidentPage>('/incidents', { q: name.trim() || undefined, limit: 8 }, 80);
  const near = asked.value?.incidents ?? [];
  const put = (incident: Incident) => {
    add(incident.id, incident.name, files);
    onClose();
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    const same = near.find((i) => i.name === name.trim());
    if (same) return put(same);
    try {
      put(await send<Incident>('POST', '/incidents', { body: { name: name.trim() } }));
    } catch (error) {
      if (error instanceof Refusal && error.problem.status === 409) {
        const page = await get<IncidentPage>('/incidents', { q: name.trim(), limit: 50 }).catch(() => undefined);
        const there = page?.incidents.find((i) => i.name === name.trim());
        if (there) return put(there);
      }
      setWrong(error as Error);
    }
  };
  return (
    <Dialog title={t('drop.where', { n: files.length })} onClose={onClose}>
      <form class="stack" onSubmit={(e) => void submit(e)}>
        <Field label={t('drop.name')} hint={t('drop.nameHint')}>
          <input class="input" required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} autofocus autoComplete="off" />
        </Field>
        {wrong ? <Wrong error={wrong} /> : null}
        <div class="row"><button type="submit" class="button first">{t('drop.go')}</button></div>
        {near.length ? <div><p class="label">{t('drop.or')}</p><ul class="choices">{near.map((i) => <li><button type="button" class="chip" onClick={() => put(i)}><Name text={i.name} /></button></li>)}</ul></div> : null}
      </form>
    </Dialog>
  );
}

export function Tray() {
  const [small, setSmall] = useState(false);
  const all = sendings.value;
  const said = useRef('');
  if (all.length === 0) return null;
  const finished = all.filter((s) => ['done', 'failed', 'cancelled'].includes(s.state)).length;
  const now = t('tray.of', { done: finished, n: all.length });
  said.current = now;
  return (
    <section class="tray" aria-label={t('tray')}>
      <header>
        <h2>{t('tray')}</h2><span class="hint" role="status">{now}</span>
        <button type="button" class="icon-button push" aria-expanded={!small} aria-label={t(small ? 'tray.show' : 'tray.hide')} onClick={() => setSmall(!small)}><Icon name="menu" /></button>
        {finished === all.length ? <button type="button" class="icon-button" aria-label={t('close')} onClick={clearFinished}><Icon name="close" /></button> : null}
      </header>
      {small ? null : <ul>{all.slice(-100).map((s) => <Row key={s.key} s={s} />)}</ul>}
    </section>
  );
}

function outcome(s: Sending): string {
  if (s.state === 'done') {
    const traits = s.pieces.reduce((sum, p) => sum + p.traits, 0);
    const odd = [...new Set(s.pieces.filter((p) => !p.skipped && p.verdict !== 'read').map((p) => tn('verdict.', p.verdict)))];
    const known = s.pieces.length > 0 && s.pieces.every((p) => p.known);
    return [known ? t('tray.known') : t('tray.pieces', { n: s.pieces.length }), t('nTraits', { n: traits }), ...(odd.length ? [list(odd)] : [])].join(' · ');
  }
  if (s.state === 'sending' && s.resumedAt) return t('tray.resumed', { at: bytes(s.resumedAt) });
  if (s.state === 'failed') return plain(s.why ?? '');
  return t(`tray.${s.state}`);
}

function Row({ s }: { s: Sending }) {
  // The object stays the same while it changes: the list is what tells.
  void sendings.value;
  const share = s.file.size === 0 ? 1 : s.sent / s.file.size;
  const going = s.state === 'sending' || s.state === 'queued' || s.state === 'broken';
  return (
    <li>
      <div class="row">
        <span class="name" title={plain(s.name)}><Name text={s.name} /></span>
        <span class="hint nowrap">{s.state === 'sending' || s.state === 'paused' || s.state === 'broken' ? percent(share) : bytes(s.file.size)}</span>
        {going ? <button type="button" class="icon-button" aria-label={t('tray.pauseOne', { name: plain(s.name, 60) })} onClick={() => pause(s)}><Icon name="pause" /></button> : null}
        {s.state === 'paused' || s.state === 'failed' ? <button type="button" class="icon-button" aria-label={t('tray.resumeOne', { name: plain(s.name, 60) })} onClick={() => resume(s)}><Icon name="play" /></button> : null}
        {going || s.state === 'paused' ? <button type="button" class="icon-button" aria-label={t('tray.cancelOne', { name: plain(s.name, 60) })} onClick={() => cancel(s)}><Icon name="close" /></button> : null}
      </div>
      {going || s.state === 'paused' ? <div role="progressbar" aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100} aria-label={plain(s.name, 60)}><Bar part={share} thin /></div> : null}
      <div class={s.state === 'failed' || s.state === 'broken' ? 'hint wrong' : 'hint'}>
        <a href={to`/incidents/${s.incident}/evidence`}><Name text={s.incidentName} /></a> · {outcome(s)}
      </div>
    </li>
  );
}
