// SPDX-License-Identifier: Apache-2.0
// The page's only way to the server. A refusal is one kind of error with the server's own words; a lost session is told
// once, to the shell. What was asked before is shown at once and asked again behind it.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem, Session } from './types';

const BASE = '/api/v1';

export class Refusal extends Error {
  constructor(readonly problem: Problem, readonly newest?: unknown) {
    super(problem.why);
  }
}
/** Nobody answered: the server is gone or the way to it is. */
export class Unreachable extends Error {}

export const session = signal<Session | null | undefined>(undefined);
/** Grows when the casebook changes; what is shown is then asked for again. */
export const generation = signal(0);

export type Query = Record<string, string | number | boolean | undefined>;

export function url(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '' && value !== false) search.set(name, String(value));
  }
  const text = search.toString();
  return BASE + path + (text ? '?' + text : '');
}

/** keepalive: goes on when the page is left */
type Sending = { body?: unknown; bytes?: Blob; headers?: Record<string, string>; signal?: AbortSignal; keepalive?: boolean };

async function ask(method: string, address: string, given: Sending = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...given.headers };
  const csrf = session.peek()?.csrf;
  if (method !== 'GET' && csrf) headers['X-Hallmark-Csrf'] = csrf;
  let body: BodyInit | undefined;
  if (given.bytes) {
    headers['Content-Type'] = 'application/octet-stream';
    body = given.bytes;
  } else if (given.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(given.body);
  }
  let answer: Response;
  try {
    answer = await fetch(address, { method, headers, body, signal: given.signal, keepalive: given.keepalive ?? false, credentials: 'same-origin', redirect: 'error' });
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new Unreachable();
  }
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as Partial<Problem> & { newest?: unknown };
  const problem: Problem = { ...said, status: answer.status, code: said.code ?? '', why: said.why ?? answer.statusText };
  if (answer.status === 401 && session.peek()) session.value = null;
  throw new Refusal(problem, said.newest);
}

export async function get<T>(path: string, query?: Query, abort?: AbortSignal): Promise<T> {
  return (await ask('GET', url(path, query), { signal: abort })).json() as Promise<T>;
}

export async function send<T = void>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, given: Sending = {}): Promise<T> {
  const answer = await ask(method, BASE + path, given);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** The server's text of another kind (a report). */
export async function text(path: string, query?: Query, abort?: AbortSignal): Promise<string> {
  return (await ask('GET', url(path, query), { headers: { Accept: '*/*' }, signal: abort })).text();
}

const KNOWN_MAX = 120;
const known = new Map<string, unknown>();
export function forget(): void {
  known.clear();
}

export type Asked<T> = { value: T | undefined; wrong: Error | undefined; waiting: boolean; again: () => void };

/** What a room shows: asked when the address, or the casebook, changes. `path` undefined: nothing is asked. */
export function useAsk<T>(path: string | undefined, query: Query = {}, delay = 0): Asked<T> {
  const address = path === undefined ? undefined : url(path, query);
  const [, redraw] = useState(0);
  const [turn, setTurn] = useState(0);
  const held = useRef<{ address?: string; value?: T; wrong?: Error; waiting: boolean }>({ waiting: false });
  const state = held.current;
  if (state.address !== address) {
    state.address = address;
    state.wrong = undefined;
    state.waiting = address !== undefined;
    // The same question with another filter keeps the rows in sight until the new ones are there.
    if (address === undefined) state.value = undefined;
    else if (known.has(address)) state.value = known.get(address) as T;
    else if (!path || state.value === undefined || !sameRoom.get(state)?.startsWith(path)) state.value = undefined;
    if (path) sameRoom.set(state, path);
  }
  const seen = generation.value;
  useEffect(() => {
    if (address === undefined || path === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = () => {
      get<T>(path, query, abort.signal).then(
        (value) => {
          known.delete(address);
          known.set(address, value);
          if (known.size > KNOWN_MAX) known.delete(known.keys().next().value!);
          Object.assign(state, { value, wrong: undefined, waiting: false });
          redraw((n) => n + 1);
        },
        (e: Error) => {
          if (abort.signal.aborted) return;
          const wait = e instanceof Refusal && e.problem.status === 503 ? e.problem.retry_after_s ?? 1 : 0;
          if (wait) {
            timer = setTimeout(run, wait * 1000);
            return;
          }
          Object.assign(state, { wrong: e, waiting: false });
          redraw((n) => n + 1);
        },
      );
    };
    timer = setTimeout(run, delay);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [address, turn, seen]);
  return { value: state.value, wrong: state.wrong, waiting: state.waiting, again: () => setTurn((n) => n + 1) };
}
const sameRoom = new WeakMap<object, string>();

export type Pages<T, P> = Asked<P> & { rows: T[]; more: (() => void) | undefined; fetching: boolean };

/** A list that the server gives in pages: the first as above, the next ones behind it. */
export function usePages<T, P extends { next?: string }>(path: string, query: Query, rows: (page: P) => T[], delay = 0): Pages<T, P> {
  const first = useAsk<P>(path, query, delay);
  const [tail, setTail] = useState<{ of: P; rows: T[]; next?: string }>();
  const [fetching, setFetching] = useState(false);
  const [wrong, setWrong] = useState<Error>();
  const mine = tail && tail.of === first.value ? tail : undefined;
  const next = mine ? mine.next : first.value?.next;
  const more = () => {
    const of = first.value;
    if (!of || next === undefined || fetching) return;
    setFetching(true);
    get<P>(path, { ...query, after: next }).then(
      (page) => {
        setTail({ of, rows: [...(mine?.rows ?? []), ...rows(page)], next: page.next });
        setFetching(false);
      },
      (e: Error) => {
        setWrong(e);
        setFetching(false);
      },
    );
  };
  return {
    ...first,
    wrong: first.wrong ?? wrong,
    rows: first.value ? [...rows(first.value), ...(mine?.rows ?? [])] : [],
    more: next === undefined ? undefined : more,
    fetching,
  };
}
