// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytes, language, moment, number, percent, preferred, speak, t, tx, type Key } from '../../src/i18n';
import { en } from '../../src/i18n/en';
import { ja } from '../../src/i18n/ja';
import { ko } from '../../src/i18n/ko';

const keys = Object.keys(en) as Key[];
const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe.each([['ko', ko], ['ja', ja]] as const)('%s', (_code, words) => {
  test('has every key and no other', () => expect(Object.keys(words).sort()).toEqual([...keys].sort()));
  test('has the same places in every sentence', () => {
    // A count may be left out where the language does not say it, but nothing may be asked for that is not given.
    for (const key of keys) expect(places(en[key]), key).toEqual(expect.arrayContaining(places(words[key])));
  });
  test('says something everywhere, in its own letters where English has words', () => {
    for (const key of keys) {
      expect(words[key].trim(), key).not.toBe('');
      expect(words[key], key).not.toContain('|');
    }
    const same = keys.filter((key) => words[key] === en[key] && !/^class\./.test(key) && /[a-z]{3}/.test(en[key]));
    expect(same).toEqual([]);
  });
});

test('every key is used, and every key that is used is there', () => {
  const source: string[] = [];
  const walk = (folder: string) => {
    for (const e of readdirSync(folder, { withFileTypes: true })) {
      if (e.isDirectory()) { if (e.name !== 'i18n') walk(join(folder, e.name)); } else if (/\.tsx?$/.test(e.name)) source.push(readFileSync(join(folder, e.name), 'utf8'));
    }
  };
  walk(new URL('../../src', import.meta.url).pathname);
  const text = source.join('\n');
  const prefixes = [...text.matchAll(/tn\('([\w-]+\.)'/g), ...text.matchAll(/`([\w-]+\.(?:short\.)?)\$\{/g)].map((m) => m[1]!);
  const families = [...prefixes, 'verdict.', 'answer.', 'obligation.'];
  const unused = keys.filter((key) => !text.includes(`'${key}'`) && !families.some((p) => key.startsWith(p)));
  expect(unused).toEqual([]);
});

test('every class and group of traits has a name', () => {
  const source = readFileSync(new URL('../../../src/trait/class.c', import.meta.url), 'utf8');
  const classes = [...source.matchAll(/CLASS\(\w+,\s+"([\w-]+)"/g)].map((m) => m[1]!);
  expect(classes.length).toBeGreaterThan(50);
  for (const name of classes) expect(keys).toContain('class.' + name);
});

test('plurals, numbers, sizes and times follow the language', async () => {
  expect([t('nIncidents', { n: 1 }), t('nIncidents', { n: 2 }), t('nIncidents', { n: 4113 })]).toEqual(['1 incident', '2 incidents', '4,113 incidents']);
  expect(moment('2013-03-20T05:00:01Z')).toBe('2013-03-20 05:00:01');
  expect(bytes(1_500_000)).toMatch(/1\.5/);
  expect(percent(0.003)).toBe('0.3%');
  expect(number(0.5, 1)).toBe('0.5');
  await speak('ko');
  expect([language.value, t('nIncidents', { n: 1 })]).toEqual(['ko', '사건 1건']);
  await speak('ja');
  expect(t('nIncidents', { n: 2 })).toBe('インシデント 2 件');
  expect(tx('finding.title', { here: 'a', there: 'b' })).toEqual(['', 'a', ' と ', 'b', '']);
  await speak('en');
});

test('a value is never read as a place of its own', () => {
  expect(t('searchIn', { what: '{n} $& {what}' })).toBe('Search the casebook for “{n} $& {what}”');
});

test('a fresh visitor gets what the browser asks for', () => {
  expect([preferred(['ko-KR', 'en']), preferred(['fr', 'ja']), preferred(['de']), preferred([])]).toEqual(['ko', 'ja', 'en', 'en']);
});
