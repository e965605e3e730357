// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { CAPS, GROUPS, spread, support, timesLikelier, whatIf, type Group } from '../../src/lib/weigh';

const match = {
  bits: 30.1,
  groups: { code: 15.9, build: 2.9, file: 0, text: 5.8, infrastructure: 0, behaviour: 4, technique: 1.9, claim: 0 },
  without_group: { code: 14.3, build: 27.3, file: 30.1, text: 24.4, infrastructure: 30.1, behaviour: 26.1, technique: 28.2, claim: 30.1 },
};
const planted = (...groups: Group[]) => new Set<Group>(groups);

describe('what if groups were planted', () => {
  test('nothing planted is what was measured', () => {
    expect(whatIf(match, 6.64, planted())).toEqual({ bits: 30.1, support: 'extremelyStrong', verdict: 'related' });
  });
  test('one group: the number that the server gave', () => {
    expect(whatIf(match, 6.64, planted('code')).bits).toBe(14.3);
  });
  test('several groups: their bits are taken out', () => {
    expect(whatIf(match, 6.64, planted('code', 'text')).bits).toBeCloseTo(8.4);
  });
  test('what is easily planted never carries a conclusion alone', () => {
    const all = whatIf({ bits: 9, groups: { build: 4, technique: 5 } }, 6.64, planted());
    expect(all.verdict).toBe('weakOnly');
    expect(whatIf(match, 6.64, planted('code', 'text', 'behaviour', 'file', 'infrastructure')).verdict).toBe('below');
  });
  test('ten times by groups that carry is enough, just below is not', () => {
    expect(whatIf({ bits: 8, groups: { code: 3.33, build: 4.67 } }, 6.64, planted()).verdict).toBe('related');
    expect(whatIf({ bits: 8, groups: { code: 3.31, build: 4.69 } }, 6.64, planted()).verdict).toBe('weakOnly');
  });
  test('how far any one group moves it', () => {
    expect(spread(match)).toEqual([14.3, 30.1]);
  });
});

test('words change at ENFSI’s borders, and a border belongs to the higher row', () => {
  const rows: [number, string][] = [
    [0, 'none'], [0.99, 'none'], [1, 'weak'], [Math.log2(10), 'moderate'], [Math.log2(100), 'moderatelyStrong'], [Math.log2(1000), 'strong'],
    [Math.log2(10_000), 'veryStrong'], [Math.log2(1_000_000), 'extremelyStrong'], [-1, 'weakAgainst'], [-4, 'moderateAgainst'], [-9, 'strongAgainst'],
  ];
  for (const [bits, words] of rows) expect(support(bits), String(bits)).toBe(words);
});

test('a ratio in a number that people say', () => {
  expect(timesLikelier(10)).toBe(1000);
  expect(timesLikelier(1)).toBe(2);
  expect(timesLikelier(-10)).toBe(1000);
  expect(Number.isFinite(timesLikelier(1e9))).toBe(true);
});

test('caps are those of src/trait/class.c', async () => {
  const { readFileSync } = await import('node:fs');
  const source = readFileSync(new URL('../../../src/trait/class.c', import.meta.url), 'utf8');
  for (const group of GROUPS) {
    const nats = new RegExp(`HMI_GROUP_\\w+,\\s+"${group}",.*NATS\\(([\\d.]+)\\)`).exec(source)?.[1];
    expect(CAPS[group], group).toBeCloseTo(Number(nats) * Math.LOG2E, 6);
  }
});
