// SPDX-License-Identifier: Apache-2.0
// Every view is an address: the path says which room, the query says how it is filtered and sorted. What is typed into a
// filter replaces the address, what is followed adds to the history, so that "back" goes where a person expects.
import { computed, signal } from '@preact/signals';

export type Params = Record<string, string>;
export type Place = { path: string; query: URLSearchParams };

const inBrowser = typeof location !== 'undefined';
const here = (): string => (inBrowser ? location.pathname + location.search : '/');

export const address = signal(here());
export const place = computed<Place>(() => {
  const url = new URL(address.value, 'http://page.invalid');
  return { path: url.pathname, query: url.searchParams };
});

/** "/incidents/:name/traits" against a path; the parts come back decoded, undefined when it is another room. */
export function match(pattern: string, path: string): Params | undefined {
  const want = pattern.split('/');
  const have = path.replace(/(.)\/+$/, '$1').split('/');
  if (want.length !== have.length) return undefined;
  const params: Params = {};
  for (let i = 0; i < want.length; i++) {
    const part = want[i]!;
    if (part.startsWith(':')) {
      if (have[i] === '') return undefined;
      try {
        params[part.slice(1)] = decodeURIComponent(have[i]!);
      } catch {
        return undefined;
      }
    } else if (part !== have[i]) {
      return undefined;
    }
  }
  return params;
}

/** An address out of parts: each part is encoded, so a name may hold anything. */
export function to(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((out, part, i) => out + part + (i < values.length ? encodeURIComponent(String(values[i])) : ''), '');
}

export function go(url: string, how: 'push' | 'replace' = 'push'): void {
  if (url === here()) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', url);
  address.value = here();
}

/** One parameter of the address; an empty value takes it out. */
export function setQuery(changes: Record<string, string | undefined>, how: 'push' | 'replace' = 'replace'): void {
  const query = new URLSearchParams(place.peek().query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(place.peek().path + (text ? '?' + text : ''), how);
}

export function start(): void {
  addEventListener('popstate', () => (address.value = here()));
  // One listener for every link: plain clicks on our own addresses stay in the page.
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.pathname + link.search);
    scrollTo(0, 0);
  });
}
