// SPDX-License-Identifier: Apache-2.0
// One sentence about what was just done; it goes by itself and is read aloud.
import { signal } from '@preact/signals';

const said = signal<{ id: number; text: string }[]>([]);
let count = 0;

export function toast(text: string): void {
  const id = ++count;
  said.value = [...said.value.slice(-2), { id, text }];
  setTimeout(() => (said.value = said.value.filter((s) => s.id !== id)), 5000);
}

export function Toasts() {
  return <div class="toasts" role="status" aria-live="polite">{said.value.map((s) => <div class="toast" key={s.id}>{s.text}</div>)}</div>;
}
