// SPDX-License-Identifier: Apache-2.0
// The built page in a real browser, one file after the other: two processors are shared with a browser and a server.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [`test/${process.env['PAGE_WHAT'] ?? 'page'}/**/*.test.ts`],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
