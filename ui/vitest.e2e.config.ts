import { defineConfig } from 'vitest/config';

// The page in a real browser against a real server; see tests/support.
export default defineConfig({
  test: {
    include: ['tests/*.test.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
