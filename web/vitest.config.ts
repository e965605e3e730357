// SPDX-License-Identifier: Apache-2.0
// The pure parts: no browser, no server, milliseconds.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  test: { include: ['test/unit/**/*.test.ts'], environment: 'node' },
});
