// SPDX-License-Identifier: Apache-2.0
// A browser as an analyst would have it: Debian's Chromium, headless, without a GPU. Everything the page logs, throws, asks
// another host for or is refused by its content security policy is collected; a test that ends with any of it has failed.
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { serve, type Mock } from '../mock/server';

export const CHROMIUM = process.env['CHROMIUM'] ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => existsSync(p));

export type Look = { page: Page; context: BrowserContext; wrong: string[]; executed: () => Promise<number>; close: () => Promise<void> };
export type Visit = Look & { mock: Mock };
type Screen = { language?: string; theme?: 'light' | 'dark'; width?: number; height?: number };
type Options = Screen & { signedIn?: boolean; tour?: boolean; mock?: Mock; taint?: (text: string) => string };

let browser: Browser | undefined;

export async function shutDown(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** A browser of one's own at an address, nobody signed in. */
export async function look(address: string, o: Screen = {}): Promise<Look> {
  browser ??= await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run', '--font-render-hinting=none'] });
  const context = await browser.newContext({
    baseURL: address, ignoreHTTPSErrors: true, viewport: { width: o.width ?? 1440, height: o.height ?? 900 }, colorScheme: o.theme ?? 'light', locale: { ko: 'ko-KR', ja: 'ja-JP' }[o.language ?? ''] ?? 'en-US', timezoneId: 'Asia/Seoul', reducedMotion: 'reduce',
  });
  const wrong: string[] = [];
  await context.addInitScript(() => {
    const w = window as unknown as { __executed: number; __long: number[]; alert: () => void };
    w.__executed = 0;
    w.__long = [];
    // Every naughty string that runs does one of these.
    for (const name of ['alert', 'confirm', 'prompt'] as const) (window as unknown as Record<string, unknown>)[name] = () => { w.__executed++; };
    document.addEventListener('securitypolicyviolation', (e) => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI));
    new PerformanceObserver((list) => w.__long.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask', buffered: true });
  });
  const page = await context.newPage();
  page.on('pageerror', (e) => wrong.push('threw: ' + e.message + '\n' + e.stack));
  page.on('console', (m) => { if (m.type() === 'error' && !/Failed to load resource|ERR_|EventSource/.test(m.text())) wrong.push('logged: ' + m.text()); });
  page.on('request', (r) => { if (!r.url().startsWith(address) && !/^(blob|data|about):/.test(r.url())) wrong.push('asked elsewhere: ' + r.url()); });
  return { page, context, wrong, executed: () => page.evaluate(() => (window as unknown as { __executed: number }).__executed), close: () => context.close() };
}

/** At a server of its own that answers as the description says. */
export async function visit(o: Options = {}): Promise<Visit> {
  const mock = o.mock ?? (await serve({ taint: o.taint }));
  if (!o.tour) mock.state.preferences = { toured: true, ...(o.language ? { language: o.language } : {}) };
  const seen = await look(mock.address, o);
  if (o.signedIn !== false) {
    await seen.page.goto('/');
    await signIn(seen.page);
  }
  const close = async () => {
    await seen.close();
    if (!o.mock) await mock.close();
  };
  return { ...seen, mock, close };
}

export async function signIn(page: Page, name = 'hana', password = 'correct horse battery'): Promise<void> {
  await page.fill('input[name=name]', name);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForSelector('nav.rooms');
}

/** Nothing under way and the picture still. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector('.waiting:not([hidden])'));
  await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
}

export const idOf = (mock: Mock, name: string): string => mock.state.incidents.find((i) => i.name === name)!.id;

/** Every room that an admin can open, with something in it. */
export function addresses(mock: Mock): Record<string, string> {
  const seoul = idOf(mock, 'seoul-2013');
  const culver = idOf(mock, 'culver-city-2014');
  const sha = mock.state.evidence.get(seoul)![0]!.sha256;
  const at = `/incidents/${seoul}`;
  return {
    casebook: '/incidents', search: '/incidents?q=courier', incident: at, evidence: at + '/evidence', piece: '/evidence/' + sha, traits: at + '/traits', trait: at + '/traits/3', timeline: at + '/timeline', notes: at + '/notes',
    attribution: `/incidents/${culver}/attribution`, graph: at + '/graph', release: at + '/release', report: at + '/report', finding: `/incidents/${culver}/finding/${seoul}`, planted: `/incidents/${culver}/finding/${seoul}?planted=code`,
    actors: '/actors', actor: '/actor?name=North%20Korea', partners: '/partners', partner: '/partners/6ba7b810-9dad-41d1-80b4-00c04fd430c8', watch: '/watch', audit: '/audit', settings: '/settings', sessions: '/settings/sessions', tokens: '/settings/tokens', users: '/settings/users', health: '/settings/health', nowhere: '/nothing/here',
  };
}
