// SPDX-License-Identifier: Apache-2.0
// How quick the page is, in headless Chromium without a GPU: its longest task in every room, from address to still picture,
// frames while the graph is moved. Figures of this machine, so no part of the checks: make bench-page.
import { afterAll, expect, test } from 'vitest';
import { addresses, settled, shutDown, visit, type Visit } from '../page/drive';

afterAll(shutDown);

async function open(v: Visit, url: string): Promise<void> {
  await v.page.goto(url);
  await v.page.waitForSelector('nav.rooms');
  await settled(v.page);
}

test('quick: no task longer than 200 ms at the start and in any room, frames of the graph measured', async () => {
  const v = await visit();
  const took: Record<string, number> = {};
  const slow: string[] = [];
  for (const [name, url] of Object.entries(addresses(v.mock))) {
    const begun = performance.now();
    await open(v, url);
    took[name] = Math.round(performance.now() - begun);
    const long = await v.page.evaluate(() => Math.max(0, ...(window as unknown as { __long: number[] }).__long));
    if (long > 200) slow.push(`${name}: a task of ${Math.round(long)} ms`);
  }
  await open(v, addresses(v.mock)['graph']!);
  const frames = await v.page.evaluate(async () => {
    const canvas = document.querySelector('canvas')!;
    const at = canvas.getBoundingClientRect();
    const times: number[] = [];
    const fire = (kind: string, x: number) => canvas.dispatchEvent(new PointerEvent(kind, { clientX: at.left + x, clientY: at.top + 100, pointerId: 1, bubbles: true }));
    canvas.setPointerCapture = () => undefined;
    fire('pointerdown', 100);
    let before = performance.now();
    for (let i = 0; i < 60; i++) {
      fire('pointermove', 105 + i * 3);
      await new Promise((r) => requestAnimationFrame(r));
      times.push(performance.now() - before);
      before = performance.now();
    }
    fire('pointerup', 300);
    return times.sort((a, b) => a - b);
  });
  console.log(`rooms, ms from address to still: ${JSON.stringify(took)}; panning the graph: median ${frames[30]!.toFixed(1)} ms, p95 ${frames[57]!.toFixed(1)} ms a frame`);
  await v.close();
  expect(slow).toEqual([]);
});
