import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { hostArchitecture } from '../host/host-architecture.ts';
import type { Job, Report } from './job.ts';
import type { RunResult } from './result.ts';

/** The most text that a world may print: a result has some ten thousand bytes. */
const MOST_BYTES = 4 << 20;

/** The world did not come up, or ended without a result; the message is one line. */
export class WorldError extends Error {}

export interface WorldOptions {
  /** The folder of the built program, with the programs of the course in it. */
  readonly dist: string;
  /** The longest life of the world. */
  readonly seconds: number;
  /** Ends the world before its result. */
  readonly cancelled: AbortSignal | undefined;
}

/** Does a job in a world of its own. Nothing of the world is left afterwards, whatever happens. */
export async function runInWorld(
  job: Job,
  { dist, seconds, cancelled }: WorldOptions,
  onProgress: (text: string) => void,
): Promise<RunResult> {
  const child = startWorld(dist, seconds);
  const [input, output, errors, lifeline] = child.stdio as unknown as [Writable, Readable, Readable, Duplex];
  const end = (): void => {
    lifeline.destroy();
  };
  cancelled?.addEventListener('abort', end);
  // A world that ends early closes its input: the status tells it.
  for (const stream of [input, lifeline]) stream.on('error', () => undefined);
  try {
    input.end(`${JSON.stringify(job)}\n`);
    let failure = '';
    errors.on('data', (bytes) => {
      failure = (failure + bytes.toString()).slice(0, 2000);
    });
    const ended = new Promise<string>((done) => {
      child.on('error', (error) => done(error.message));
      child.on('close', (code, signal) => done(signal ?? `status ${code}`));
    });
    const result = await readReports(output, onProgress);
    const status = await ended;
    if (result !== undefined) return result;
    throw new WorldError(failure.trim().split('\n')[0] || `the world ended without a result (${status})`);
  } finally {
    cancelled?.removeEventListener('abort', end);
    end();
  }
}

function startWorld(dist: string, seconds: number): ChildProcess {
  const programs = join(dist, `labs-${hostArchitecture()}`);
  const world = join(programs, 'world');
  if (!existsSync(world))
    throw new WorldError(
      `${world} is missing: npm run build makes it, with a static C library (libc6-dev, glibc-static)`,
    );
  // The package that the built program loads lies where Node finds it from there.
  const koffi = createRequire(join(dist, 'portcullis.js')).resolve('koffi');
  const options = {
    node: process.execPath,
    dist,
    modules: dirname(dirname(koffi)),
    programs,
    seconds: String(seconds),
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as const;
  return spawn(world, words, { stdio: [...stdio], env: {}, cwd: '/' });
}

/** Reads lines until the output ends. Returns the result; lines that are none of ours have no effect. */
async function readReports(
  output: Readable,
  onProgress: (text: string) => void,
): Promise<RunResult | undefined> {
  let rest = '';
  let size = 0;
  let result: RunResult | undefined;
  for await (const bytes of output) {
    size += bytes.length;
    if (size > MOST_BYTES) throw new WorldError('the world prints without end');
    const lines = (rest + bytes.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const report = parseReport(line);
      if (report === undefined) continue;
      if ('result' in report) result = report.result;
      else onProgress(report.progress);
    }
  }
  return result;
}

function parseReport(line: string): Report | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    return 'result' in value || 'progress' in value ? (value as Report) : undefined;
  } catch {
    return undefined;
  }
}
