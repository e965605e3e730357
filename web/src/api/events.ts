// SPDX-License-Identifier: Apache-2.0
// What changes while somebody looks: the server tells, the page asks again for what it shows. A broken line is said and
// taken up again; the browser brings the number of the last event along, so nothing is missed.
import { signal } from '@preact/signals';
import { generation, url } from './client';
import type { Event as Told, Outcome, Upload } from './types';

export const connected = signal(true);
type Listener = { upload?: (u: Upload) => void; piece?: (u: Upload | undefined, p: Outcome) => void; resync?: () => void };
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
let broken: ReturnType<typeof setTimeout> | undefined;

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function take(message: MessageEvent<string>): void {
  let told: Told;
  try {
    told = JSON.parse(message.data) as Told;
  } catch {
    return;
  }
  if (told.event === 'casebook') {
    // Many pieces of one drop are one change to look at.
    clearTimeout(again);
    again = setTimeout(() => generation.value++, 250);
  }
  for (const l of listeners) {
    if (told.event === 'upload' && told.upload) l.upload?.(told.upload);
    if (told.event === 'piece' && told.piece) l.piece?.(told.upload, told.piece);
    if (told.event === 'resync') l.resync?.();
  }
  if (told.event === 'resync') generation.value++;
}

export function open(): void {
  close();
  source = new EventSource(url('/events'));
  for (const name of ['message', 'upload', 'piece', 'casebook', 'resync']) source.addEventListener(name, take as EventListener);
  source.onopen = () => {
    clearTimeout(broken);
    connected.value = true;
    // What was told while nobody listened: uploads that were being read are asked about.
    for (const l of listeners) l.resync?.();
  };
  source.onerror = () => {
    clearTimeout(broken);
    broken = setTimeout(() => (connected.value = source?.readyState === EventSource.OPEN), 1500);
    if (source?.readyState === EventSource.CLOSED) setTimeout(() => source && open(), 4000);
  };
}

export function close(): void {
  clearTimeout(broken);
  source?.close();
  source = undefined;
}
