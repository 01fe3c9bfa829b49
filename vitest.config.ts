import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { NoSkippedTests } from './tests/no-skipped.ts';
import { PATIENCE_MS } from './tests/support/patience.ts';
import { systemTests, testFiles } from './tests/test-files.ts';

const system = systemTests();
const unit = testFiles().filter((file) => !system.includes(file));

/** Without extends, for which vitest would read this file again for each project. */
const both = {
  include: ['tests/**/*.test.ts'],
  // A test may be out of patience twice, and still say why.
  testTimeout: 3 * PATIENCE_MS,
  hookTimeout: 3 * PATIENCE_MS,
  expect: { poll: { timeout: PATIENCE_MS } },
  allowOnly: false,
  // Only a file that changed is transformed again.
  experimental: { fsModuleCache: true },
};

/** One pattern: each file of a run is matched with all of them. */
function anyOf(files: readonly string[]): string[] {
  return [`{${files.join(',')}}`];
}

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ['default', new NoSkippedTests()],
    experimental: both.experimental,
    // System tests wait for about half of their time, for services and clocks: another file computes meanwhile.
    maxWorkers: availableParallelism() + 1,
    projects: [
      // Threads start sooner than processes, and share what they load.
      { test: { ...both, name: 'unit', exclude: anyOf(system), isolate: false, pool: 'threads' } },
      { test: { ...both, name: 'system', exclude: anyOf(unit), globalSetup: ['tests/global-setup.ts'] } },
    ],
  },
});

export default config;
