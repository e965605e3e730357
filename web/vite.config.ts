// SPDX-License-Identifier: Apache-2.0
// One build, everything from our own server: no inline script or style, no data: address, no module preload shim,
// so that the page works under the strictest content security policy.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: true,
  },
  server: { proxy: { '/api': process.env['HALLMARK_API'] ?? 'http://127.0.0.1:8484' } },
});
