// SPDX-License-Identifier: Apache-2.0
// Finding a command by some of its letters: all letters in order, better where words begin and letters stand together.

export function score(query: string, text: string): number {
  const q = query.trim().toLocaleLowerCase();
  const t = text.toLocaleLowerCase();
  if (q === '') return 1;
  let points = 0;
  let at = 0;
  let last = -2;
  for (const letter of q) {
    if (letter === ' ') continue;
    const found = t.indexOf(letter, at);
    if (found < 0) return 0;
    points += 1 + (found === last + 1 ? 3 : 0) + (found === 0 || /[\s·/:-]/.test(t[found - 1]!) ? 4 : 0);
    last = found;
    at = found + 1;
  }
  return points / (1 + t.length / 60);
}

export function best<T>(query: string, list: readonly T[], text: (item: T) => string, max = 12): T[] {
  return list
    .map((item, order) => ({ item, order, points: score(query, text(item)) }))
    .filter((x) => x.points > 0)
    .sort((a, b) => (query.trim() === '' ? 0 : b.points - a.points) || a.order - b.order)
    .slice(0, max)
    .map((x) => x.item);
}
