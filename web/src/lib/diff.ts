// SPDX-License-Identifier: Apache-2.0
// The difference between two texts, row by row or word by word: Myers' shortest edit script over a bounded table. Used for
// the history of notes, for conflicts and for the code view; longer texts are cut where the table would get too large.

export type Change<T> = { kind: 'same' | 'gone' | 'new'; item: T };

const CELLS_MAX = 4_000_000;

export function diff<T>(from: readonly T[], to: readonly T[], same: (a: T, b: T) => boolean = Object.is): Change<T>[] {
  let head = 0;
  while (head < from.length && head < to.length && same(from[head]!, to[head]!)) head++;
  let tail = 0;
  while (
    tail < from.length - head && tail < to.length - head &&
    same(from[from.length - 1 - tail]!, to[to.length - 1 - tail]!)
  ) tail++;
  const a = from.slice(head, from.length - tail);
  const b = to.slice(head, to.length - tail);
  const out: Change<T>[] = from.slice(0, head).map((item) => ({ kind: 'same', item }));
  if (a.length * b.length > CELLS_MAX) {
    for (const item of a) out.push({ kind: 'gone', item });
    for (const item of b) out.push({ kind: 'new', item });
  } else {
    middle(a, b, same, out);
  }
  for (const item of to.slice(to.length - tail)) out.push({ kind: 'same', item });
  return out;
}

/** The longest common subsequence by table: small, and what is equal stays in order. */
function middle<T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean, out: Change<T>[]): void {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = same(a[i]!, b[j]!)
        ? table[(i + 1) * width + j + 1]! + 1
        : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && same(a[i]!, b[j]!)) {
      out.push({ kind: 'same', item: b[j++]! });
      i++;
    } else if (j >= b.length || (i < a.length && table[(i + 1) * width + j]! >= table[i * width + j + 1]!)) {
      out.push({ kind: 'gone', item: a[i++]! });
    } else {
      out.push({ kind: 'new', item: b[j++]! });
    }
  }
}

export const lines = (text: string): string[] => text.split('\n');

/** Three texts into one: what only one side changed is taken; where both did, both stay, marked. */
export function merge(base: string, mine: string, theirs: string): { text: string; conflicts: number } {
  const regions = (side: string) => {
    const out: { at: number; until: number; lines: string[] }[] = [];
    let at = 0;
    let open: { at: number; until: number; lines: string[] } | undefined;
    for (const change of diff(lines(base), lines(side))) {
      if (change.kind === 'same') {
        open = undefined;
        at++;
        continue;
      }
      if (!open) {
        open = { at, until: at, lines: [] };
        out.push(open);
      }
      if (change.kind === 'gone') open.until = ++at;
      else open.lines.push(change.item);
    }
    return out;
  };
  const left = regions(mine);
  const right = regions(theirs);
  const from = lines(base);
  const out: string[] = [];
  let conflicts = 0;
  let at = 0;
  while (left.length || right.length) {
    const l = left[0];
    const r = right[0];
    const apart = l && r && (l.until < r.at || r.until < l.at || (l.at !== r.at && (l.until <= r.at || r.until <= l.at)));
    const next = !r || (l && apart && l.at < r.at) ? [l!] : !l || apart ? [r] : [l, r];
    const start = Math.min(...next.map((x) => x.at));
    out.push(...from.slice(at, start));
    if (next.length === 1) {
      out.push(...next[0]!.lines);
      at = next[0]!.until;
      (next[0] === l ? left : right).shift();
      continue;
    }
    at = Math.max(l!.until, r!.until);
    left.shift();
    right.shift();
    // Whatever else of either side reaches into the region belongs to it.
    const tailOf = (x: { until: number; lines: string[] }) => [...x.lines, ...from.slice(x.until, at)];
    const ours = tailOf(l!);
    const other = tailOf(r!);
    while (left[0] && left[0].at < at) ours.push(...left.shift()!.lines);
    while (right[0] && right[0].at < at) other.push(...right.shift()!.lines);
    if (ours.join('\n') === other.join('\n')) {
      out.push(...ours);
    } else {
      conflicts++;
      out.push(...other, ...ours);
    }
  }
  out.push(...from.slice(at));
  return { text: out.join('\n'), conflicts };
}
