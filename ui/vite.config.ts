import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the page beside a server that runs already.
const server = process.env.PIXMILL_SERVER ?? 'http://127.0.0.1:8000';
const api = ['/upload', '/check', '/status', '/requests', '/images', '/webhooks', '/keys', '/session', '/samples', '/health'];

/** Lays a gzipped copy beside each file that packs well, for the server to send. */
function gzipped(): Plugin {
  return {
    name: 'gzipped',
    apply: 'build',
    writeBundle: async ({ dir = 'dist' }) => {
      for (const name of await readdir(dir, { recursive: true })) {
        if (!/\.(html|js|css|svg)$/.test(name)) continue;
        const path = join(dir, name);
        await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }));
      }
    },
  };
}

// `vite build` makes the page that a server sends, `--mode desktop` the one that the desktop app shows.
export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [svelte(), ...(mode === 'desktop' ? [] : [gzipped()])],
  resolve: { alias: { '#host': fileURLToPath(new URL(`src/host/${mode === 'desktop' ? 'tauri' : 'http'}.ts`, import.meta.url)) } },
  server: { proxy: Object.fromEntries(api.map((path) => [path, server])) },
  build: {
    outDir: mode === 'desktop' ? 'dist-desktop' : 'dist',
    target: 'es2022',
    // The page's policy allows no data: URLs and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ['src/**/*.test.ts'] },
}));
