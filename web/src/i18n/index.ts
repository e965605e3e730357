// SPDX-License-Identifier: Apache-2.0
// Every word of the page goes through here. The English catalogue is the type: a language that lacks a key does not
// compile, and test/unit/i18n.test.ts compares placeholders too. Numbers, dates and plurals are the browser's Intl.
import { computed, signal } from '@preact/signals';
import type { ComponentChild } from 'preact';
import { en } from './en';

export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
export type Language = 'en' | 'ko' | 'ja';
export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'ko', name: '한국어' },
  { code: 'ja', name: '日本語' },
];

const catalogues: Partial<Record<Language, Catalogue>> = { en };
export const language = signal<Language>('en');
const words = computed<Catalogue>(() => catalogues[language.value] ?? en);

export async function load(code: Language): Promise<Catalogue> {
  const found = catalogues[code];
  if (found) return found;
  const made: Catalogue = code === 'ko' ? (await import('./ko')).ko : (await import('./ja')).ja;
  catalogues[code] = made;
  return made;
}

export async function speak(code: Language): Promise<void> {
  await load(code);
  language.value = code;
  if (typeof document !== 'undefined') document.documentElement.lang = code;
}

/** The language of a fresh visitor: what the browser asks for, if we have it. */
export function preferred(asked: readonly string[]): Language {
  for (const tag of asked) {
    const code = tag.slice(0, 2).toLowerCase();
    const found = LANGUAGES.find((l) => l.code === code);
    if (found) return found.code;
  }
  return 'en';
}

type Values = Record<string, string | number>;

const rules = new Map<Language, Intl.PluralRules>();
function plural(text: string, n: number): string {
  const forms = text.split('|');
  if (forms.length === 1) return text;
  let rule = rules.get(language.value);
  if (!rule) rules.set(language.value, (rule = new Intl.PluralRules(language.value)));
  return rule.select(n) === 'one' ? forms[0]! : forms[1]!;
}

const shown = (value: string | number): string => (typeof value === 'number' ? number(value) : value);

/** `n`, when given, chooses between the forms that stand in the catalogue as "one thing|{n} things". */
export function t(key: Key, values: Values = {}): string {
  const text = plural(words.value[key], typeof values['n'] === 'number' ? values['n'] : 2);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? shown(values[name]!) : whole));
}

/** The same with parts of the page in place of the words: what a language puts where is the catalogue's business. */
export function tx(key: Key, values: Record<string, ComponentChild>): ComponentChild[] {
  const text = plural(words.value[key], typeof values['n'] === 'number' ? values['n'] : 2);
  return text.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined || !(name in values)) return part;
    const value = values[name];
    return typeof value === 'number' ? number(value) : value;
  });
}

/** A key made of a prefix and a name that comes from the server; what the catalogue lacks is shown as it came. */
export function tn(prefix: string, name: string): string {
  const key = (prefix + name) as Key;
  return key in en ? t(key) : name;
}

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();
function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(name: string, make: () => T): T {
  const key = language.value + name;
  let format = formats.get(key) as T | undefined;
  if (!format) formats.set(key, (format = make()));
  return format;
}

export function number(value: number, digits?: number): string {
  return cached('n' + (digits ?? ''), () =>
    new Intl.NumberFormat(language.value, digits === undefined
      ? { maximumFractionDigits: 2 }
      : { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ).format(value);
}

export const bits = (value: number): string => number(Math.abs(value) < 0.05 ? 0 : value, 1);

export function percent(value: number): string {
  const digits = value > 0 && value < 0.01 ? 1 : 0;
  return cached('p' + digits, () =>
    new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: digits })).format(value);
}

export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let i = 0;
  let size = value;
  while (size >= 1000 && i < units.length - 1) {
    size /= 1000;
    i++;
  }
  return cached('b' + i, () =>
    new Intl.NumberFormat(language.value, { style: 'unit', unit: units[i]!, unitDisplay: i === 0 ? 'narrow' : 'short', maximumSignificantDigits: 3 }),
  ).format(size);
}

type When = string | number | Date;
function date(when: When): Date | undefined {
  const made = when instanceof Date ? when : new Date(when);
  return Number.isNaN(made.getTime()) ? undefined : made;
}

/** Analysts compare records of several countries: times are UTC and say so, everywhere. */
export function day(when: When): string {
  const at = date(when);
  return at ? cached('d', () => new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeZone: 'UTC' })).format(at) : String(when);
}

/** Moments of records: one form in every language, since analysts compare them character by character. */
export function moment(when: When, seconds = true): string {
  const at = date(when);
  return at ? at.toISOString().replace('T', ' ').slice(0, seconds ? 19 : 16) : String(when);
}

export function ago(when: When, now = Date.now()): string {
  const at = date(when);
  if (!at) return String(when);
  const seconds = (at.getTime() - now) / 1000;
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 31_557_600], ['month', 2_629_800], ['week', 604_800], ['day', 86_400], ['hour', 3600], ['minute', 60],
  ];
  const format = cached('r', () => new Intl.RelativeTimeFormat(language.value, { numeric: 'auto', style: 'short' }));
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'minute');
}

export function list(items: string[]): string {
  return new Intl.ListFormat(language.value, { type: 'conjunction' }).format(items);
}
