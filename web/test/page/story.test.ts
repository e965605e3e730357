// SPDX-License-Identifier: Apache-2.0
// The whole story in a browser: evidence is dropped, read, compared; what it shares is argued with; what a partner would
// see is looked at. In three languages, once by keyboard alone, with the server killed in between, with two at one note.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { en } from '../../src/i18n/en';
import { ja } from '../../src/i18n/ja';
import { ko } from '../../src/i18n/ko';
import { idOf, settled, shutDown, signIn, visit } from './drive';

const folder = mkdtempSync(join(tmpdir(), 'hallmark-page-'));
const small = join(folder, 'access.log');
const large = join(folder, 'capture.pcap');
writeFileSync(small, '203.0.113.9 - - [20/Mar/2013:14:00:00 +0900] "GET / HTTP/1.1" 200 1 "-" "HarbourCourier/1.3"\n');
writeFileSync(large, Buffer.alloc(12 << 20, 7));

afterAll(shutDown);

/** As a person's drop arrives at the page. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(([n, x]) => {
    const t = new DataTransfer();
    t.items.add(new File([x!], n!));
    return t;
  }, [name, text]);
  for (const kind of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('main', kind, { dataTransfer: transfer });
}

async function choose(page: Page, button: string, file: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click(`text=${button}`)]);
  await chooser.setFiles(file);
}

describe.each([['en', en], ['ko', ko], ['ja', ja]] as const)('from drop to finding to release: %s', (language, words) => {
  test('it is all there, in one language', async () => {
    const v = await visit({ language });
    const { page } = v;
    expect(await page.getAttribute('html', 'lang')).toBe(language);
    await drop(page, '접근-基録.log', 'GET / HTTP/1.1');
    await page.fill('dialog input', `case-${language}`);
    await page.click(`dialog button:has-text("${words['drop.go']}")`);
    await page.waitForSelector(`.tray:has-text("${words['tray.of'].replace('{done}', '1').replace('{n}', '1')}")`);
    expect(await page.textContent('.tray li')).toContain('접근-基録.log');
    // Its incident is there without anybody asking again.
    await page.waitForSelector(`main .table a:has-text("case-${language}")`);
    await page.click(`main .table a:has-text("case-${language}")`);
    await page.waitForSelector(`h1:has-text("case-${language}")`);
    await page.click('.matches a >> nth=0');
    await page.waitForSelector('.group-lanes');
    const before = Number((await page.textContent('.verdict .bits b'))!.replace(',', '.'));
    expect(before).toBeGreaterThan(20);
    await page.click('.group-lanes li[data-group=code] .switch');
    await page.waitForFunction((n) => Number(document.querySelector('.verdict .bits b')!.textContent) < n, before);
    expect(page.url()).toContain('planted=code');
    await page.reload();
    await page.waitForSelector('.group-lanes');
    expect(Number(await page.textContent('.verdict .bits b'))).toBeLessThan(before);
    // A number explains itself.
    await page.click('.verdict .why');
    expect(await page.textContent('.pop:popover-open')).toContain(words['finding.notAuthor']);
    await page.keyboard.press('Escape');
    await page.goto(`/incidents/${idOf(v.mock, 'seoul-2013')}/release`);
    await page.waitForSelector('.split');
    expect(await page.textContent('main')).toContain(words['release.nothingSent']);
    await page.click(`main .chip:has-text("${words['answer.redact']}")`);
    await page.waitForFunction(() => document.querySelectorAll('main .table tbody tr').length === 4);
    await page.click(`main .table button:has-text("${words['release.look']}")`);
    expect(await page.textContent('dialog .change.gone')).toContain('description');
    await page.keyboard.press('Escape');
    expect(v.mock.requests.filter((r) => !r.startsWith('GET') && /preview|release/.test(r))).toEqual([]);
    expect(v.wrong).toEqual([]);
    expect(await v.executed()).toBe(0);
    await v.close();
  });
});

test('by keyboard alone: in, find, compare, plant, write, out', async () => {
  const v = await visit({ signedIn: false });
  const { page } = v;
  const keys = page.keyboard;
  await page.goto('/');
  await page.waitForSelector('input[name=name]');
  await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
  await keys.type('hana');
  await keys.press('Tab');
  await keys.type('correct horse battery');
  await keys.press('Enter');
  await page.waitForSelector('nav.rooms');
  // The skip link is the first thing that Tab finds.
  await keys.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip');
  await keys.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  await page.waitForSelector('main .table tbody tr');
  await keys.press('j');
  await keys.press('j');
  await keys.press('k');
  await page.waitForFunction(() => document.activeElement?.closest('tr')?.hasAttribute('data-here'));
  await keys.press('Enter');
  await page.waitForSelector('.tabs');
  await keys.press('/');
  await page.waitForSelector('dialog.palette');
  await keys.type('seoul');
  await page.waitForFunction(() => document.querySelector('.palette li[aria-selected=true]')?.textContent?.includes('seoul-2013'));
  await keys.press('Enter');
  await page.waitForSelector('h1:has-text("seoul-2013")');
  await page.waitForSelector('.matches a');
  for (let i = 0; i < 60 && !(await page.evaluate(() => !!document.activeElement?.closest('.matches'))); i++) await keys.press('Tab');
  await keys.press('Enter');
  await page.waitForSelector('.group-lanes');
  for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement?.getAttribute('role') === 'switch')); i++) await keys.press('Tab');
  // Where the focus is can be seen.
  expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe('solid');
  await keys.press('Space');
  await page.waitForFunction(() => location.search.includes('planted=code'));
  await keys.press('?');
  await page.waitForSelector('dialog .keys');
  await keys.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.goBack();
  await page.waitForSelector('.tabs');
  for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement?.getAttribute('href')?.endsWith('/notes'))); i++) await keys.press('Tab');
  await keys.press('Enter');
  await page.waitForSelector('textarea');
  for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA')); i++) await keys.press('Tab');
  await keys.type('ruled out: the resolver');
  await keys.press('Tab');
  await keys.press('Enter');
  await page.waitForSelector('.note:has-text("ruled out: the resolver")');
  await page.locator('h1').click();
  await keys.press('g');
  await keys.press('s');
  await page.waitForFunction(() => location.pathname === '/settings');
  expect(v.wrong).toEqual([]);
  await v.close();
});

test('the server is killed in the middle of an upload: the page says so and goes on where it was', async () => {
  const v = await visit();
  const { page, mock } = v;
  await page.goto(`/incidents/${idOf(mock, 'gulf-2012')}`);
  await page.waitForSelector('.tabs');
  let stopped = false;
  mock.onBytes = async (upload) => {
    if (stopped || upload.offset < 4 << 20) return;
    stopped = true;
    await mock.stop();
  };
  await choose(page, en.addFiles, large);
  await page.waitForSelector(`.tray:has-text("${en['tray.broken']}")`);
  expect(stopped).toBe(true);
  // Nothing of it is in the casebook.
  expect(mock.state.evidence.get(idOf(mock, 'gulf-2012'))).toBeUndefined();
  const half = [...mock.state.uploads.values()][0]!.upload.offset;
  expect(half).toBeGreaterThan(0);
  await mock.start();
  await page.waitForSelector('.tray:has-text("1 of 1 done")', { timeout: 30_000 });
  const list = mock.state.evidence.get(idOf(mock, 'gulf-2012'))!;
  expect(list.map((e) => [e.name, e.size])).toEqual([['capture.pcap', 12 << 20]]);
  const { createHash } = await import('node:crypto');
  expect(list[0]!.sha256).toBe(createHash('sha256').update(Buffer.alloc(12 << 20, 7)).digest('hex'));
  expect(v.wrong).toEqual([]);
  await v.close();
});

test('an upload is paused, taken up after the page was closed, and given up', async () => {
  const v = await visit();
  const { page, mock } = v;
  const at = `/incidents/${idOf(mock, 'gulf-2012')}`;
  await page.goto(at);
  await page.waitForSelector('.tabs');
  let hold = true;
  mock.onBytes = async (upload) => {
    if (hold && upload.offset >= 2 << 20) await new Promise((r) => setTimeout(r, 400));
  };
  await choose(page, en.addFiles, large);
  await page.waitForFunction(() => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 10);
  await page.click('[aria-label="Pause capture.pcap"]');
  await page.waitForSelector(`.tray:has-text("${en['tray.paused']}")`);
  const half = [...mock.state.uploads.values()][0]!.upload.offset;
  hold = false;
  await page.reload();
  await page.waitForSelector('.tabs');
  await choose(page, en.addFiles, large);
  await page.waitForSelector('.tray:has-text("1 of 1 done")', { timeout: 30_000 });
  expect(half).toBeGreaterThan(0);
  // It went on: there is one upload of it, not two.
  expect(mock.requests.filter((r) => r.startsWith('POST') && r.endsWith('/uploads')).length).toBe(1);
  hold = true;
  mock.state.uploads.clear();
  writeFileSync(large, Buffer.alloc(12 << 20, 8));
  await choose(page, en.addFiles, large);
  await page.click('[aria-label="Give up capture.pcap"]');
  await page.waitForSelector(`.tray:has-text("${en['tray.cancelled']}")`);
  expect(mock.state.evidence.get(idOf(mock, 'gulf-2012'))!.length).toBe(1);
  await v.close();
});

test('two analysts edit one note: nobody’s text is lost', async () => {
  const v = await visit();
  const { page, mock, context } = v;
  mock.state.users.set('jun', { user: { name: 'jun', role: 'analyst', created: '2026-11-01T08:00:00Z', disabled: false, totp: false }, password: 'another long password' });
  const at = `/incidents/${idOf(mock, 'seoul-2013')}/notes`;
  await page.goto(at);
  await page.fill('textarea', 'first line\nsecond line\nthird line');
  await page.click(`text=${en['notes.add']}`);
  await page.waitForSelector('.note');
  const other = await (await context.browser()!.newContext({ baseURL: mock.address })).newPage();
  await other.goto('/');
  await signIn(other, 'jun', 'another long password');
  await other.goto(at);
  for (const p of [page, other]) {
    await p.click(`.note button:has-text("${en.edit}")`);
    await p.waitForSelector('.note textarea');
  }
  await other.fill('.note textarea', 'first line\nsecond line by jun\nthird line');
  await other.click(`.note button:has-text("${en.save}")`);
  await other.waitForSelector('.note .prose:has-text("second line by jun")');
  await page.fill('.note textarea', 'first line by hana\nsecond line by hana\nthird line');
  await page.click(`.note button:has-text("${en.save}")`);
  await page.waitForSelector('.note [role=alert]');
  expect(await page.textContent('.note [role=alert]')).toContain('jun');
  const joined = await page.inputValue('.note textarea');
  for (const line of ['first line by hana', 'second line by hana', 'second line by jun', 'third line']) expect(joined).toContain(line);
  // A draft survives a reload too.
  await page.reload();
  await page.waitForSelector('.note textarea');
  expect(await page.inputValue('.note textarea')).toBe(joined);
  await page.click(`.note button:has-text("${en.save}")`);
  await page.waitForFunction(() => document.querySelector('.note [role=alert]') || document.querySelector('.note .prose'));
  if (await page.$('.note [role=alert]')) await page.click(`.note button:has-text("${en.save}")`);
  await page.waitForSelector('.note .prose:has-text("second line by hana")');
  await page.click('.note button:has-text("3 versions")');
  await page.waitForSelector('dialog .difference');
  expect(await page.textContent('dialog')).toContain('jun');
  const versions = [...mock.state.notes.values()][0]!.versions;
  expect(versions[1]!.text).toContain('second line by jun');
  expect(v.wrong).toEqual([]);
  await other.context().close();
  await v.close();
});

test('saved filters, address and back: a view is where one left it', async () => {
  const v = await visit();
  const { page } = v;
  await page.fill('#filter', 'seoul');
  await page.waitForFunction(() => document.querySelectorAll('main .table tbody tr').length === 1);
  expect(page.url()).toContain('q=seoul');
  await page.click(`text=${en['casebook.save']}`);
  await page.fill('dialog input', 'Korea');
  await page.click(`dialog button:has-text("${en.save}")`);
  await page.waitForTimeout(600);
  await page.goto('/actors');
  await page.goto('/incidents');
  await page.waitForSelector('main .table tbody tr');
  await page.click('.chip:has-text("Korea")');
  await page.waitForFunction(() => document.querySelectorAll('main .table tbody tr').length === 1);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll('main .table tbody tr').length > 1);
  await page.fill('#filter', 'nothing like this');
  await page.waitForSelector(`text=${en['casebook.nothing']}`);
  expect(v.wrong).toEqual([]);
  await v.close();
});

test('the first visit: setup, a tour, an empty incident that says what to do; the last: signed out', async () => {
  const v = await visit({ signedIn: false, tour: true });
  const { page, mock } = v;
  mock.state.setup = true;
  // The address that hallmark serve prints.
  await page.goto('/setup#harbour-code');
  await page.waitForSelector('input[name=code]');
  await page.fill('input[name=name]', 'first');
  await page.fill('input[name=password]', 'a long password');
  await page.fill('input[name=again]', 'a lung password');
  await page.click('button[type=submit]');
  await page.waitForSelector(`text=${en['setup.notSame']}`);
  await page.fill('input[name=again]', 'a long password');
  await page.click('button[type=submit]');
  await page.waitForSelector('dialog.tour');
  expect(page.url()).toMatch(/\/incidents$/);
  for (let i = 0; i < 4; i++) await page.click(`dialog.tour button:has-text("${en.next}")`);
  await page.click(`dialog.tour button:has-text("${en['tour.done']}")`);
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.click(`button:has-text("${en.newIncident}")`);
  await page.fill('dialog input', 'fresh');
  await page.keyboard.press('Enter');
  await page.waitForSelector(`text=${en['incident.empty']}`);
  await expect.poll(() => mock.state.preferences).toMatchObject({ toured: true });
  await page.click(`[aria-label="${en.me}"]`);
  await page.click(`.pop:popover-open >> text=${en.signout}`);
  await page.waitForSelector('input[name=password]');
  expect((await page.context().cookies()).length).toBeLessThanOrEqual(1);
  await page.goto('/incidents');
  await page.waitForSelector('input[name=password]');
  expect(v.wrong).toEqual([]);
  await settled(page);
  await v.close();
});
