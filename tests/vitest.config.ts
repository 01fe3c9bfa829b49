import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { NoSkippedTests } from './no-skipped.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    allowOnly: false,
    reporters: ['default', new NoSkippedTests()],
  },
});

export default config;
