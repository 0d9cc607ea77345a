import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the page beside a server that runs already.
const server = process.env.PIXMILL_SERVER ?? 'http://127.0.0.1:8000';
const api = ['/upload', '/check', '/status', '/requests', '/images', '/webhooks', '/keys', '/session', '/samples', '/health'];

export default defineConfig({
  base: './',
  plugins: [svelte()],
  resolve: { alias: { '#host': fileURLToPath(new URL('src/host/http.ts', import.meta.url)) } },
  server: { proxy: Object.fromEntries(api.map((path) => [path, server])) },
  build: {
    target: 'es2022',
    // The page's policy allows no data: URLs and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ['src/**/*.test.ts'] },
});
