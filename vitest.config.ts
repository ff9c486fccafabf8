import { defineConfig } from 'vitest/config';

// CI counts the tests from a report file.
const report = process.env.GORMES_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
