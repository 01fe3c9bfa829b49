import { createInterface } from 'node:readline';
import type { Job, Report } from '../job.ts';
import type { RunResult } from '../result.ts';
import { referee } from './referee.ts';

/** The program inside a world: a job on standard input, reports on standard output, one line of JSON each. */
function report(line: Report): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const job = JSON.parse(line) as Job;
    const result: RunResult = await referee(job, (progress) => report({ progress }));
    await new Promise<void>((done) => process.stdout.write(`${JSON.stringify({ result })}\n`, () => done()));
    process.exit(0);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`referee: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
