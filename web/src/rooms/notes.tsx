// SPDX-License-Identifier: Apache-2.0
// What analysts write. Two may write at once: whoever saves second is shown both texts and one put together from them, and
// decides; nothing is overwritten unseen. A text that is not saved yet survives a lost session and a closed page.
import { useEffect, useState } from 'preact/hooks';
import { generation, Refusal, send, useAsk } from '../api/client';
import type { IncidentFull, Note } from '../api/types';
import { ago, moment, t } from '../i18n';
import { diff, lines, merge } from '../lib/diff';
import { may } from '../state';
import { Dialog, Empty, Field, Name, Prose, Shown, Wrong } from '../ui/parts';
import { toast } from '../ui/toast';

const draftKey = (of: string) => 'hallmark.draft.' + of;
function useDraft(of: string, start: string): [string, (text: string) => void, () => void] {
  const [text, setText] = useState(() => sessionStorage.getItem(draftKey(of)) ?? start);
  return [
    text,
    (to) => { setText(to); sessionStorage.setItem(draftKey(of), to); },
    () => sessionStorage.removeItem(draftKey(of)),
  ];
}

export function Notes({ incident }: { incident: IncidentFull }) {
  const path = `/incidents/${encodeURIComponent(incident.id)}/notes`;
  const asked = useAsk<{ notes: Note[] }>(path);
  const changed = () => { generation.value++; };
  return (
    <div class="notes">
      <Shown of={asked}>
        {({ notes }) => (
          <>
            {notes.filter((n) => !n.removed).map((note) => <One key={note.id} note={note} onChange={changed} />)}
            {notes.every((n) => n.removed) ? <Empty title={t('notes.empty')}>{t('notes.emptyHint')}</Empty> : null}
          </>
        )}
      </Shown>
      {may('analyst') ? <Write of={incident.id} onSave={async (text) => { await send('POST', path, { body: { text } }); toast(t('saved')); changed(); }} /> : null}
    </div>
  );
}

function Write({ of, onSave }: { of: string; onSave: (text: string) => Promise<void> }) {
  const [text, setText, done] = useDraft(of, '');
  const [wrong, setWrong] = useState<Error>();
  const submit = async (e: Event) => {
    e.preventDefault();
    if (text.trim() === '') return;
    try {
      await onSave(text);
      setText('');
      done();
      setWrong(undefined);
    } catch (error) {
      setWrong(error as Error);
    }
  };
  return (
    <form class="stack section" onSubmit={(e) => void submit(e)}>
      <Field label={t('notes.new')}><textarea class="area" rows={4} maxLength={65536} value={text} onInput={(e) => setText(e.currentTarget.value)} dir="auto" /></Field>
      {wrong ? <Wrong error={wrong} /> : null}
      <div class="row"><button type="submit" class="button first" disabled={text.trim() === ''}>{t('notes.add')}</button></div>
    </form>
  );
}

function One({ note, onChange }: { note: Note; onChange: () => void }) {
  const [editing, setEditing] = useState(() => sessionStorage.getItem(draftKey(note.id)) !== null);
  const [history, setHistory] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [wrong, setWrong] = useState<Error>();
  const remove = async () => {
    try {
      await send('DELETE', '/notes/' + encodeURIComponent(note.id), { headers: { 'If-Match': `"${note.version}"` } });
      toast(t('removed'));
      onChange();
    } catch (error) {
      setWrong(error as Error);
    }
    setRemoving(false);
  };
  return (
    <article class="card note" aria-label={t('notes.by', { who: note.author })}>
      <header>
        <strong><Name text={note.author} /></strong>
        <span class="hint" title={moment(note.modified) + ' UTC'}>{ago(note.modified)}</span>
        <span class="push row no-print">
          {note.version > 1 ? <button type="button" class="plain-button" onClick={() => setHistory(true)}>{t('notes.versions', { n: note.version })}</button> : null}
          {may('analyst') && !editing ? <button type="button" class="plain-button" onClick={() => setEditing(true)}>{t('edit')}</button> : null}
          {may('analyst') && !editing ? <button type="button" class="plain-button" onClick={() => setRemoving(true)}>{t('remove')}</button> : null}
        </span>
      </header>
      {wrong ? <Wrong error={wrong} /> : null}
      {editing ? <Edit note={note} onDone={(changed) => { setEditing(false); if (changed) onChange(); }} /> : <div class="prose"><Prose text={note.text} /></div>}
      {history ? <History note={note} onClose={() => setHistory(false)} /> : null}
      {removing ? (
        <Dialog title={t('notes.remove')} onClose={() => setRemoving(false)} footer={<><button type="button" class="button" onClick={() => setRemoving(false)}>{t('cancel')}</button><button type="button" class="button grave" onClick={() => void remove()}>{t('remove')}</button></>}>
          <p>{t('notes.removeHint')}</p>
        </Dialog>
      ) : null}
    </article>
  );
}

function Edit({ note, onDone }: { note: Note; onDone: (changed: boolean) => void }) {
  const [base, setBase] = useState(note);
  const [text, setText, done] = useDraft(note.id, note.text);
  const [theirs, setTheirs] = useState<Note>();
  const [wrong, setWrong] = useState<Error>();
  const save = async (e: Event) => {
    e.preventDefault();
    setWrong(undefined);
    try {
      await send<Note>('PUT', '/notes/' + encodeURIComponent(note.id), { body: { text }, headers: { 'If-Match': `"${base.version}"` } });
      done();
      toast(t('saved'));
      onDone(true);
    } catch (error) {
      const newest = error instanceof Refusal && error.problem.status === 412 ? (error.newest as Note | undefined) : undefined;
      if (!newest) {
        setWrong(error as Error);
        return;
      }
      // Somebody was faster: put both together over what both began with; what cannot be decided stays twice.
      const joined = merge(base.text, text, newest.text);
      setTheirs(newest);
      setBase(newest);
      setText(joined.text);
    }
  };
  return (
    <form class="stack" onSubmit={(e) => void save(e)}>
      {theirs ? (
        <div class="note-strip caution" role="alert">
          <p><strong>{t('notes.conflict', { who: theirs.author })}</strong> {t('notes.conflictHint')}</p>
          <details><summary>{t('notes.theirs', { who: theirs.author })}</summary><div class="prose"><Prose text={theirs.text} /></div></details>
        </div>
      ) : null}
      <Field label={t('notes.text')}><textarea class="area" rows={Math.min(24, lines(text).length + 3)} maxLength={65536} value={text} onInput={(e) => setText(e.currentTarget.value)} autofocus dir="auto" /></Field>
      {wrong ? <Wrong error={wrong} /> : null}
      <div class="row">
        <button type="submit" class="button first" disabled={text.trim() === ''}>{t('save')}</button>
        <button type="button" class="button" onClick={() => { done(); onDone(theirs !== undefined); }}>{t('cancel')}</button>
      </div>
    </form>
  );
}

export function Difference({ from, to }: { from: string; to: string }) {
  return (
    <div class="difference">
      {diff(lines(from), lines(to)).map((c) => (
        <div class={'change ' + c.kind}>
          <span aria-hidden="true">{c.kind === 'gone' ? '−' : c.kind === 'new' ? '+' : ' '}</span>
          {c.kind === 'same' ? <span><Name text={c.item} /></span> : c.kind === 'gone' ? <del><Name text={c.item} /></del> : <ins><Name text={c.item} /></ins>}
        </div>
      ))}
    </div>
  );
}

function History({ note, onClose }: { note: Note; onClose: () => void }) {
  const asked = useAsk<{ versions: Note[] }>(`/notes/${encodeURIComponent(note.id)}/versions`);
  const [at, setAt] = useState<number>();
  const versions = asked.value?.versions ?? [];
  useEffect(() => setAt(undefined), [note.version]);
  const chosen = versions.findIndex((v) => v.version === (at ?? note.version));
  return (
    <Dialog title={t('notes.history')} onClose={onClose} class="wide">
      <Shown of={asked}>
        {() => (
          <>
            <div class="row chips">{versions.map((v) => (
              <button type="button" class="chip" aria-pressed={v === versions[chosen]} onClick={() => setAt(v.version)}>{v.version} · <Name text={v.author} /> · {moment(v.modified, false)}</button>
            ))}</div>
            {versions[chosen] ? <Difference from={versions[chosen - 1]?.text ?? ''} to={versions[chosen]!.text} /> : null}
          </>
        )}
      </Shown>
    </Dialog>
  );
}
