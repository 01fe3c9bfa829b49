import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { NoSkippedTests } from './tests/no-skipped.ts';
import { PATIENCE_MS } from './tests/support/patience.ts';
import { systemTests } from './tests/test-files.ts';

const system = [...systemTests()];

const config: ViteUserConfig = defineConfig({
  test: {
    // A test may be out of patience twice, and still say why.
    testTimeout: 3 * PATIENCE_MS,
    hookTimeout: 3 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
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
