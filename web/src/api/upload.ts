// SPDX-License-Identifier: Apache-2.0
// Files on their way: announced, then sent piece by piece from where the server says it is. When the way breaks the page
// says so, waits and goes on; a file dropped again after the page was closed goes on too, since the server knows it.
import { signal } from '@preact/signals';
import { get, Refusal, send, Unreachable } from './client';
import { listen } from './events';
import type { Outcome, Upload } from './types';

const PART_BYTES = 1 << 20;
const AT_ONCE = 2;
export const FILES_MAX = 2000;

export type Sending = {
  key: number;
  file: File;
  name: string;
  incident: string;
  incidentName: string;
  upload?: Upload;
  sent: number;
  state: 'queued' | 'sending' | 'paused' | 'broken' | 'reading' | 'done' | 'failed' | 'cancelled';
  resumedAt?: number;
  why?: string;
  pieces: Outcome[];
  abort: AbortController;
};

export const sendings = signal<Sending[]>([]);
let count = 0;

function change(s: Sending, to: Partial<Sending>): void {
  Object.assign(s, to);
  sendings.value = [...sendings.value];
}

export function add(incident: string, incidentName: string, files: { file: File; name: string }[]): void {
  const made = files.slice(0, FILES_MAX).map(({ file, name }): Sending => ({
    key: ++count, file, name, incident, incidentName, sent: 0, state: 'queued', pieces: [], abort: new AbortController(),
  }));
  sendings.value = [...sendings.value, ...made];
  pump();
}

function pump(): void {
  const busy = sendings.value.filter((s) => s.state === 'sending' || s.state === 'broken').length;
  for (const s of sendings.value.filter((x) => x.state === 'queued').slice(0, Math.max(0, AT_ONCE - busy))) void run(s);
}

/** Begun before and not finished: by this page or by one that was closed. */
async function known(s: Sending): Promise<Upload | undefined> {
  const taken = new Set(sendings.value.filter((x) => x !== s).map((x) => x.upload?.id));
  const { uploads } = await get<{ uploads: Upload[] }>('/uploads');
  return uploads.find((u) => u.state === 'receiving' && u.incident === s.incident && u.name === s.name && u.size === s.file.size && !taken.has(u.id));
}

async function begin(s: Sending): Promise<Upload> {
  const found = await known(s).catch((e: unknown) => {
    if (e instanceof Unreachable) throw e;
    return undefined;
  });
  if (found) {
    change(s, { resumedAt: found.offset });
    return found;
  }
  return send<Upload>('POST', `/incidents/${encodeURIComponent(s.incident)}/uploads`, {
    body: { name: s.name, size: s.file.size }, signal: s.abort.signal,
  });
}

async function run(s: Sending): Promise<void> {
  change(s, { state: 'sending', why: undefined, abort: new AbortController() });
  for (let tries = 0; ; ) {
    try {
      s.upload = s.upload ? await get<Upload>('/uploads/' + encodeURIComponent(s.upload.id), {}, s.abort.signal) : await begin(s);
      change(s, { state: 'sending', sent: s.upload.offset });
      while (s.upload.state === 'receiving') {
        const from: number = s.upload.offset;
        try {
          s.upload = await send<Upload>('PATCH', '/uploads/' + encodeURIComponent(s.upload.id), {
            bytes: s.file.slice(from, from + PART_BYTES), headers: { 'Upload-Offset': String(from) }, signal: s.abort.signal,
          });
        } catch (e) {
          const newest = e instanceof Refusal && e.problem.status === 409 ? (e.newest as Upload | undefined) : undefined;
          if (!newest || newest.offset === from) throw e;
          s.upload = newest;
        }
        tries = 0;
        change(s, { sent: s.upload.offset });
        if (s.file.size === 0) break;
      }
      settle(s, s.upload);
      break;
    } catch (e) {
      if (s.abort.signal.aborted) break;
      if (e instanceof Unreachable || (e instanceof Refusal && (e.problem.status === 503 || e.problem.status === 429))) {
        // The server went away in the middle: say so, keep the place, try again until somebody cancels.
        tries++;
        change(s, { state: 'broken' });
        await new Promise((done) => setTimeout(done, Math.min(500 * 2 ** Math.min(tries, 4), 8000)));
        if (s.abort.signal.aborted) break;
        continue;
      }
      change(s, { state: 'failed', why: e instanceof Error ? e.message : String(e) });
      break;
    }
  }
  pump();
}

function settle(s: Sending, u: Upload): void {
  if (s.state === 'cancelled') return;
  const state = u.state === 'done' ? 'done' : u.state === 'failed' ? 'failed' : u.state === 'receiving' ? s.state : 'reading';
  change(s, { upload: u, sent: u.offset, state, why: u.why, pieces: u.pieces ?? s.pieces });
}

export function pause(s: Sending): void {
  s.abort.abort();
  change(s, { state: 'paused' });
  pump();
}

export function resume(s: Sending): void {
  change(s, { state: 'queued', why: undefined });
  pump();
}

export function cancel(s: Sending): void {
  s.abort.abort();
  change(s, { state: 'cancelled' });
  if (s.upload) void send('DELETE', '/uploads/' + encodeURIComponent(s.upload.id)).catch(() => undefined);
  pump();
}

export function clearFinished(): void {
  sendings.value = sendings.value.filter((s) => !['done', 'failed', 'cancelled'].includes(s.state));
}

const of = (id: string | undefined) => sendings.value.find((s) => s.upload?.id === id);
listen({
  upload: (u) => {
    const s = of(u.id);
    if (s && u.state !== 'receiving') settle(s, u);
  },
  piece: (u, piece) => {
    const s = of(u?.id);
    if (s) change(s, { pieces: [...s.pieces.filter((p) => p.path !== piece.path), piece] });
  },
  resync: () => {
    for (const s of sendings.value.filter((x) => x.state === 'reading')) {
      void get<Upload>('/uploads/' + encodeURIComponent(s.upload!.id)).then((u) => settle(s, u), () => undefined);
    }
  },
});

/** Files of a drop, folders walked; names keep the way from the dropped folder. */
export async function dropped(list: DataTransfer): Promise<{ file: File; name: string }[]> {
  const out: { file: File; name: string }[] = [];
  const walk = async (entry: FileSystemEntry, path: string): Promise<void> => {
    if (out.length >= FILES_MAX) return;
    if (entry.isFile) {
      const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
      out.push({ file, name: path + file.name });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
      if (some.length === 0) return;
      for (const one of some) await walk(one, path + entry.name + '/');
    }
  };
  const entries = [...list.items].map((i) => i.webkitGetAsEntry?.()).filter((e): e is FileSystemEntry => !!e);
  if (entries.length > 0) for (const entry of entries) await walk(entry, '').catch(() => undefined);
  else for (const file of list.files) out.push({ file, name: file.name });
  return out;
}
