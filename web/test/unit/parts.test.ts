// SPDX-License-Identifier: Apache-2.0
// The small pure parts: addresses, finding commands, Markdown read as text, where nodes lie, preferences, hits.
import { expect, test } from 'vitest';
import { best, score } from '../../src/lib/find';
import { layout, nearest, NODES_MAX } from '../../src/lib/layout';
import { blocks, inline } from '../../src/lib/markdown';
import { match, to } from '../../src/router';
import { member } from '../../src/rooms/watch';
import { ignoredWords, rarityWords } from '../../src/rooms/words';
import { readLikes } from '../../src/state';
import { typescript, read } from '../../tools/types.mjs';
import { readFileSync } from 'node:fs';

test('an address says which room, and its parts come back as they went in', () => {
  expect(match('/incidents/:incident/traits', '/incidents/a%2Fb/traits/')).toEqual({ incident: 'a/b' });
  expect(match('/incidents/:incident', '/incidents/')).toBeUndefined();
  expect(match('/incidents/:incident', '/incidents/%')).toBeUndefined();
  expect(match('/', '/')).toEqual({});
  for (const name of ['a/b', '../x', '%2e', '?q#', '한글', 'a b']) expect(match('/x/:name', to`/x/${name}`)).toEqual({ name });
});

test('commands are found by some of their letters', () => {
  expect(score('cb', 'Casebook')).toBeGreaterThan(0);
  expect(score('zz', 'Casebook')).toBe(0);
  expect(best('dark', ['Appearance: Light', 'Appearance: Dark'], (x) => x)).toEqual(['Appearance: Dark']);
  expect(best('', ['b', 'a'], (x) => x)).toEqual(['b', 'a']);
});

test('Markdown becomes text and nothing else', () => {
  expect(blocks('# A\n\ntext\ngoes on\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n# code\n```\n')).toEqual([
    { kind: 'heading', level: 1, text: 'A' }, { kind: 'text', text: 'text goes on' }, { kind: 'list', items: ['one', 'two'] },
    { kind: 'table', head: ['a', 'b'], rows: [['1', '2']] }, { kind: 'code', text: '# code' },
  ]);
  expect(inline('**a** [x](javascript:alert(1)) \\_b\\_ &lt;i&gt;')).toBe('a x (javascript:alert(1)) _b_ <i>');
  expect(blocks('It is so.[^1]\n\n[^1]: log+0x1\n[^2]: log+0x2')).toEqual([{ kind: 'text', text: 'It is so.[1]' }, { kind: 'text', text: '[1] log+0x1' }, { kind: 'text', text: '[2] log+0x2' }]);
  expect(blocks('<script>alert(1)</script>')).toEqual([{ kind: 'text', text: '<script>alert(1)</script>' }]);
});

test('a graph lies the same way twice, within its bounds, and the root in the middle', () => {
  const graph = {
    nodes: Array.from({ length: 400 }, (_x, i) => ({ id: 'n' + i, kind: i ? ('trait' as const) : ('incident' as const), label: 'x', degree: 2 })),
    edges: Array.from({ length: 399 }, (_x, i) => ({ from: 'n0', to: 'n' + (i + 1) })), left_out: 0,
  };
  const run = () => {
    const scene = layout(graph, 'n0', new Map());
    for (let i = 0; i < 20; i++) scene.tick();
    return scene;
  };
  const [a, b] = [run(), run()];
  expect(a.nodes.length).toBe(NODES_MAX);
  expect(a.nodes.map((n) => [n.x, n.y])).toEqual(b.nodes.map((n) => [n.x, n.y]));
  expect([a.nodes[0]!.x, a.nodes[0]!.y]).toEqual([0, 0]);
  expect(nearest(a.nodes, { x: 1, y: 1 }, 5)?.id).toBe('n0');
  expect(nearest(a.nodes, { x: 1e6, y: 1e6 }, 5)).toBeUndefined();
});

test('preferences are data: only what has the right shape is taken', () => {
  expect(readLikes({ language: 'ko', theme: 'dark', filters: [{ name: 'a', query: 'q=b' }, 7, { name: 1 }], toured: true, more: {} })).toEqual({ language: 'ko', theme: 'dark', filters: [{ name: 'a', query: 'q=b' }], toured: true });
  expect(readLikes({ language: 'xx', theme: '<script>', filters: 'no', toured: 'yes' })).toEqual({});
});

test('a hit is read whatever shape it has', () => {
  expect(member({ a: { b: 'c' } }, 'a.b')).toBe('c');
  expect(member({ 'a.b': 'c' }, 'a.b')).toBe('c');
  for (const odd of [null, 7, 'x', [], { a: 7 }, { a: { b: {} } }]) expect(member(odd, 'a.b')).toBe('');
});

test('numbers explain themselves', () => {
  expect(rarityWords({ bits: 12.4, incidents: 2, incidents_all: 4113, baseline: 0, baseline_all: 61200 })).toBe('12.4 bits: seen in 2 of 4,113 incidents and in none of 61,200 harmless files.');
  expect(ignoredWords('common: in 6 of 8 incidents')).toBe('common: in 6 of 8 incidents');
  expect(ignoredWords('something new')).toBe('something new');
});

test('the types are what the API’s description gives', () => {
  expect(readFileSync(new URL('../../src/api/types.ts', import.meta.url), 'utf8')).toBe(typescript(read()));
});
