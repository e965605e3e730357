// SPDX-License-Identifier: Apache-2.0
// Numbers of a finding in sentences, in the language of the reader; the rules are the server's (lib/weigh.ts).
import type { Match, Trait } from '../api/types';
import { bits, number, t, tn, type Key } from '../i18n';
import { plain } from '../lib/visible';
import { support, timesLikelier } from '../lib/weigh';

export function supportWords(value: number): string {
  return t('bits.explain', { bits: bits(value), times: number(timesLikelier(value)), support: t(`support.${support(value)}`), direction: t(value >= 0 ? 'bits.likelier' : 'bits.unlikelier') });
}

export function verdictWords(m: Match, threshold: number): string {
  if (m.related) return t('verdict.relatedWhy', { bits: bits(threshold) });
  return m.bits < threshold ? t('verdict.belowWhy', { bits: bits(threshold) }) : t('verdict.weakOnlyWhy');
}

/** "12.4 bits: seen in 2 of 4,113 incidents and in none of 61,200 harmless files" */
export function rarityWords(x: Pick<Trait, 'bits' | 'incidents' | 'incidents_all' | 'baseline' | 'baseline_all'>): string {
  return t('rarity.explain', {
    bits: bits(x.bits), incidents: x.incidents, incidentsAll: x.incidents_all,
    files: x.baseline_all === 0 ? t('rarity.noBaseline') : x.baseline === 0 ? t('rarity.noFile', { all: x.baseline_all }) : t('rarity.files', { some: x.baseline, all: x.baseline_all }),
  });
}

export const className = (name: string): string => tn('class.', name);
export const roleName = (name: string): string => tn('role-of.', name);

const FIXED: [RegExp, Key][] = [
  [/^a claim: /, 'ignored.claim'], [/^a victim's own machine/, 'ignored.victim'], [/^only the name the evidence/, 'ignored.filed'], [/^a function too small/, 'ignored.small'],
];
const COUNTED: [RegExp, Key][] = [
  [/^in (\d+) of (\d+) harmless files$/, 'ignored.files'], [/^common: in (\d+) of (\d+) incidents$/, 'ignored.common'], [/^a hub: in (\d+) of (\d+) incidents$/, 'ignored.hub'],
];

/** Why a shared trait counts for nothing: the server's sentence (src/compare/compare.c) in the reader's language. */
export function ignoredWords(why: string): string {
  for (const [form, key] of FIXED) if (form.test(why)) return t(key);
  for (const [form, key] of COUNTED) {
    const found = form.exec(why);
    if (found) return t(key, { some: Number(found[1]), all: Number(found[2]) });
  }
  const noise = /^noise: (.*)$/.exec(why);
  return noise ? t('ignored.noise', { what: plain(noise[1]!, 200) }) : plain(why, 300);
}
