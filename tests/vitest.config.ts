import { defineConfig } from 'vitest/config';
import { NoSkippedTests } from './no-skipped.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/global-setup.ts'],
    testTimeout: 60_000,
    allowOnly: false,
    reporters: ['default', new NoSkippedTests()],
  },
});
