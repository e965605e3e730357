// SPDX-License-Identifier: Apache-2.0
// Who is here and what they like. Preferences lie at the server so that they follow a person; language and theme also in
// this browser, because the sign-in page has them before anybody is known.
import { computed, signal } from '@preact/signals';
import { forget, get, send, session } from './api/client';
import * as events from './api/events';
import type { About, Preferences, Role, Session } from './api/types';
import { LANGUAGES, language, preferred, speak, type Language } from './i18n';

export type Theme = 'auto' | 'light' | 'dark';
export type Filter = { name: string; query: string };
type Likes = { language?: Language; theme?: Theme; filters?: Filter[]; toured?: boolean };

export const about = signal<About | undefined>(undefined);
export const theme = signal<Theme>('auto');
export const likes = signal<Likes>({});
export const unreachable = signal(false);

const RANK: Role[] = ['reader', 'analyst', 'liaison', 'admin'];
export const may = (role: Role): boolean => RANK.indexOf(session.value?.user.role ?? 'reader') >= RANK.indexOf(role);
export const signedIn = computed(() => !!session.value);

const kept = (name: string): string | null => {
  try {
    return localStorage.getItem('hallmark.' + name);
  } catch {
    return null;
  }
};
const keep = (name: string, value: string): void => {
  try {
    localStorage.setItem('hallmark.' + name, value);
  } catch {
    // A browser that keeps nothing still works.
  }
};

export function setTheme(to: Theme, save = true): void {
  theme.value = to;
  keep('theme', to);
  if (to === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = to;
  if (save) like({ theme: to });
}

export async function setLanguage(to: Language, save = true): Promise<void> {
  await speak(to);
  keep('language', to);
  if (save) like({ language: to });
}

/** Changes what is liked, here and at the server at once: a page may be left the moment after. */
export function like(change: Likes): void {
  likes.value = { ...likes.value, ...change };
  if (!session.peek()) return;
  saving = saving.then(() => send('PUT', '/account/preferences', { body: likes.peek(), keepalive: true })).catch(() => undefined);
}
let saving: Promise<unknown> = Promise.resolve();

/** Preferences are data like any other: what is not of the right shape is left out. */
export function readLikes(given: Preferences): Likes {
  const out: Likes = {};
  const { language: l, theme: th, filters, toured } = given as Record<string, unknown>;
  if (LANGUAGES.some((x) => x.code === l)) out.language = l as Language;
  if (th === 'auto' || th === 'light' || th === 'dark') out.theme = th;
  if (Array.isArray(filters)) {
    out.filters = filters
      .filter((f): f is Filter => typeof f === 'object' && f !== null && typeof (f as Filter).name === 'string' && typeof (f as Filter).query === 'string')
      .slice(0, 50);
  }
  if (typeof toured === 'boolean') out.toured = toured;
  return out;
}

export async function enter(who: Session): Promise<void> {
  forget();
  const given = await get<Preferences>('/account/preferences').catch(() => ({}));
  likes.value = readLikes(given);
  if (likes.value.theme) setTheme(likes.value.theme, false);
  if (likes.value.language) await setLanguage(likes.value.language, false);
  session.value = who;
  events.open();
}

export async function leave(): Promise<void> {
  await send('DELETE', '/session').catch(() => undefined);
  events.close();
  forget();
  session.value = null;
}

export async function begin(): Promise<void> {
  const th = kept('theme');
  setTheme(th === 'light' || th === 'dark' ? th : 'auto', false);
  const l = kept('language');
  await setLanguage(LANGUAGES.find((x) => x.code === l)?.code ?? preferred(navigator.languages), false);
  try {
    about.value = await get<About>('/about');
    await enter(await get<Session>('/session'));
    unreachable.value = false;
  } catch {
    unreachable.value = about.value === undefined;
    session.value = null;
  }
}

export const currentLanguage = language;
