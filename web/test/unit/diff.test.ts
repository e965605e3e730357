// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { diff, merge } from '../../src/lib/diff';

const sides = <T>(changes: { kind: string; item: T }[]) => [
  changes.filter((c) => c.kind !== 'new').map((c) => c.item),
  changes.filter((c) => c.kind !== 'gone').map((c) => c.item),
];

test('a difference gives back both sides, whatever they are', () => {
  let seed = 7;
  const next = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 300; round++) {
    const a = Array.from({ length: next(9) }, () => 'abc'[next(3)]!);
    const b = Array.from({ length: next(9) }, () => 'abc'[next(3)]!);
    expect(sides(diff(a, b))).toEqual([a, b]);
  }
});
test('what is equal stays', () => {
  expect(diff(['a', 'b', 'c'], ['a', 'x', 'c']).map((c) => c.kind)).toEqual(['same', 'gone', 'new', 'same']);
});
test('very long texts take no table', () => {
  const a = Array.from({ length: 5000 }, (_x, i) => 'a' + i);
  const b = Array.from({ length: 5000 }, (_x, i) => 'b' + i);
  expect(sides(diff(a, b))).toEqual([a, b]);
});

describe('two people change one text', () => {
  const base = 'one\ntwo\nthree\nfour';
  test('different lines: both are in', () => {
    expect(merge(base, 'ONE\ntwo\nthree\nfour', 'one\ntwo\nthree\nFOUR')).toEqual({ text: 'ONE\ntwo\nthree\nFOUR', conflicts: 0 });
  });
  test('the same line: both versions stay, theirs first', () => {
    const { text, conflicts } = merge(base, 'one\nmine\nthree\nfour', 'one\ntheirs\nthree\nfour');
    expect(conflicts).toBe(1);
    expect(text).toBe('one\ntheirs\nmine\nthree\nfour');
  });
  test('the same change twice is one change', () => {
    expect(merge(base, 'one\nsame\nthree\nfour', 'one\nsame\nthree\nfour')).toEqual({ text: 'one\nsame\nthree\nfour', conflicts: 0 });
  });
  test('one side did nothing', () => {
    expect(merge(base, base, 'x').text).toBe('x');
    expect(merge(base, 'x', base).text).toBe('x');
  });
  test('no line that anybody wrote is ever lost', () => {
    let seed = 11;
    const next = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const from = ['p', 'q', 'r', 's', 't'];
    for (let round = 0; round < 2000; round++) {
      const change = (who: string) => from.flatMap((line, i) => {
        const what = next(5);
        return what === 0 ? [] : what === 1 ? [`${who}${round}.${i}`] : what === 2 ? [line, `${who}${round}.${i}+`] : [line];
      });
      const mine = change('m');
      const theirs = change('t');
      const out = merge(from.join('\n'), mine.join('\n'), theirs.join('\n')).text.split('\n');
      for (const line of [...mine, ...theirs]) if (!from.includes(line)) expect(out, `${mine} / ${theirs}`).toContain(line);
    }
  });
});
