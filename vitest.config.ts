import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { NoSkippedTests } from './tests/no-skipped.ts';
import { systemTests } from './tests/test-files.ts';

const system = [...systemTests()];

const config: ViteUserConfig = defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    allowOnly: false,
    reporters: ['default', new NoSkippedTests()],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['tests/**/*.test.ts'], exclude: system, isolate: false },
      },
      { extends: true, test: { name: 'system', include: system, globalSetup: ['tests/global-setup.ts'] } },
    ],
  },
});

export default config;
