// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a finding that the page repeats while somebody plays with it: what is left if groups were planted,
// which words go with it, does it still relate. The numbers come from the server; these rules are those of
// src/compare/weigh.c and words.c, and test/unit/weigh.test.ts holds them to the same borders.

export const GROUPS = [
  'code', 'build', 'file', 'text', 'infrastructure', 'behaviour', 'technique', 'claim',
] as const;
export type Group = (typeof GROUPS)[number];
export type ByGroup = Partial<Record<Group, number>>;

/** How far a group can carry at most, in bits (src/trait/class.c says it in nats). */
const NAT = Math.LOG2E;
export const CAPS: Record<Group, number> = {
  code: 11 * NAT, build: 2 * NAT, file: 7 * NAT, text: 5 * NAT,
  infrastructure: 7 * NAT, behaviour: 6 * NAT, technique: 3 * NAT, claim: 0,
};

/** What these groups say can be planted by anybody who reads the news or owns an editor: alone they carry nothing. */
const WEAK: ReadonlySet<Group> = new Set(['build', 'technique', 'claim']);
const CARRYING_BITS = Math.log2(10);

export type Support =
  | 'none' | 'weak' | 'moderate' | 'moderatelyStrong' | 'strong' | 'veryStrong' | 'extremelyStrong'
  | 'weakAgainst' | 'moderateAgainst' | 'strongAgainst';

/** ENFSI's borders (2015): likelihood ratios 2, 10, 100, 1,000, 10,000, 1,000,000. */
export const STEPS: readonly (readonly [number, Support])[] = [
  [0, 'none'], [1, 'weak'], [Math.log2(10), 'moderate'], [Math.log2(100), 'moderatelyStrong'],
  [Math.log2(1000), 'strong'], [Math.log2(10_000), 'veryStrong'], [Math.log2(1_000_000), 'extremelyStrong'],
];
const AGAINST: readonly (readonly [number, Support])[] = [
  [0, 'none'], [1, 'weakAgainst'], [Math.log2(10), 'moderateAgainst'], [Math.log2(100), 'strongAgainst'],
];

export function support(bits: number): Support {
  const steps = bits >= 0 ? STEPS : AGAINST;
  const value = Math.abs(bits);
  let words: Support = 'none';
  for (const [from, name] of steps) {
    if (value >= from - 1e-9) words = name;
  }
  return words;
}

export type Verdict = 'related' | 'below' | 'weakOnly';
export type WhatIf = { bits: number; support: Support; verdict: Verdict };

/** The finding as it would be if every trait of these groups had been put there to mislead. */
export function whatIf(
  finding: { bits: number; groups: ByGroup; without_group?: ByGroup },
  relatedBits: number,
  planted: ReadonlySet<Group>,
): WhatIf {
  let bits = finding.bits;
  const only = planted.size === 1 ? [...planted][0]! : undefined;
  const told = only && finding.without_group?.[only];
  if (told !== undefined) {
    bits = told;
  } else {
    for (const group of planted) bits -= finding.groups[group] ?? 0;
  }
  let carrying = 0;
  for (const group of GROUPS) {
    if (!WEAK.has(group) && !planted.has(group)) carrying += finding.groups[group] ?? 0;
  }
  const verdict = bits < relatedBits ? 'below' : carrying < CARRYING_BITS ? 'weakOnly' : 'related';
  return { bits, support: support(bits), verdict };
}

/** The least and the most that is left if any one group were planted: how far one forger's act can move the answer. */
export function spread(finding: { bits: number; groups: ByGroup; without_group?: ByGroup }): [number, number] {
  let low = finding.bits;
  for (const group of GROUPS) {
    const left = finding.without_group?.[group] ?? finding.bits - (finding.groups[group] ?? 0);
    low = Math.min(low, left);
  }
  return [low, finding.bits];
}

/** "about a thousand times": the likelihood ratio in a number that people say. */
export function timesLikelier(bits: number): number {
  const ratio = 2 ** Math.min(Math.abs(bits), 1000);
  const size = 10 ** Math.floor(Math.log10(ratio));
  return Math.round(ratio / size) * size;
}
