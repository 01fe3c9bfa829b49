import type { Reporter, TestModule } from 'vitest/node';

/** In CI a skipped test is a failed one: a kernel feature that is not there must be seen. */
export class NoSkippedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (process.env['CI'] === undefined) return;
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    for (const test of skipped) process.stderr.write(`skipped in CI: ${test.fullName}\n`);
    if (skipped.length > 0) process.exitCode = 1;
  }
}
