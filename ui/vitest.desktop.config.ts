import { defineConfig } from 'vitest/config';

// The desktop app in its real window; see tests/desktop/support.
export default defineConfig({
  test: {
    include: ['tests/desktop/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 100 } },
  },
});
