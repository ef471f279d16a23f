/// <reference types="vitest/config" />
import { defineConfig } from 'vite';

// TensorBoard imports index.js and calls its render(); whatever index.tsx imports lazily becomes a
// chunk beside it. A library build (build.lib) would keep all whitespace, hence the plain input.
export default defineConfig({
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../tb_deepdebug/static',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: 'src/index.tsx',
      preserveEntrySignatures: 'allow-extension',
      output: {
        entryFileNames: 'index.js',
        chunkFileNames: '[name]-[hash].js',
        assetFileNames: '[name][extname]',
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'],
  },
});
