import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIT_ARCH } from '../src/kernel/architecture.ts';
import { syscallNumbers } from '../src/kernel/system-calls.ts';
import { type Program, trace } from '../src/seccomp/index.ts';
import { type Compiled, compileAll } from './filter-compilers.ts';
import type { FilterOptions } from './filter-options.ts';
import { FLAGS } from './folder.ts';
import { describeHost, type Host } from './host.ts';
import { outputOf } from './output.ts';
import { packageVersion } from './program.ts';
import { UsageError } from './read-options.ts';

/** The cost of a filter, a value for each round or installation. */
export interface FilterCost {
  readonly installUs: readonly number[];
  readonly allowedNs: readonly number[];
  readonly testedNs: readonly number[];
  readonly deniedNs: readonly number[];
}

export interface MeasuredFilter extends FilterCost {
  readonly name: string;
  readonly compileMs: readonly number[];
  /** `undefined` without a filter. */
  readonly size?: FilterSize;
}

export interface FilterSize {
  readonly instructions: number;
  /** Instructions for each call that is allowed with all arguments 0. */
  readonly allowed: number;
  readonly average: number;
  readonly most: number;
}

export interface FilterReport {
  readonly host: Host;
  readonly options: FilterOptions;
  readonly filters: readonly MeasuredFilter[];
  readonly libseccomp?: string;
  readonly missing: readonly string[];
}

const ALLOW = 0x7fff_0000;

/** Compiles Docker's profile with every compiler and measures the programs, one after the other in each round. */
export async function benchFilters(options: FilterOptions, signal: AbortSignal): Promise<FilterReport> {
  if (process.arch !== 'x64')
    throw new UsageError('the profile that filters are made of is one of x86-64; run it there');
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  try {
    const cost = join(folder, 'filter-cost');
    const source = new URL('filter-cost.c', import.meta.url).pathname;
    execFileSync(process.env['CC'] ?? 'cc', [...FLAGS, '-o', cost, source]);
    const { compiled, missing } = compileAll(folder, options.rounds);
    const contestants = [{ name: 'no filter', file: '-' }, ...compiled];
    const costs = new Map(contestants.map(({ name }) => [name, [] as FilterCost[]]));
    for (let round = 0; round < options.rounds; round += 1) {
      for (const { name, file } of rotate(contestants, round)) {
        const { status, text } = await outputOf(
          cost,
          [file, `${options.installs}`, `${options.calls}`],
          signal,
        );
        if (status !== 0) throw new Error(`${name}: filter-cost ended with ${status}`);
        costs.get(name)?.push(readCost(text));
      }
    }
    const filters = contestants.map((contestant) => ({
      name: contestant.name,
      ...joined(costs.get(contestant.name) ?? []),
      ...(isCompiled(contestant)
        ? { compileMs: contestant.compileMs, size: filterSize(contestant.program) }
        : { compileMs: [] }),
    }));
    const libseccomp = missing.length === 0 ? packageVersion('libseccomp-dev') : undefined;
    const version = libseccomp === undefined ? {} : { libseccomp };
    return { host: describeHost(), options, filters, missing, ...version };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isCompiled(contestant: object): contestant is Compiled {
  return 'program' in contestant;
}

function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Reads the output of filter-cost: its installations in one line, the three kinds of calls in another. */
function readCost(text: string): FilterCost {
  const [installs = '', calls = ''] = text.trim().split('\n');
  const [allowed = Number.NaN, tested = Number.NaN, denied = Number.NaN] = calls.split(' ').map(Number);
  const installUs = installs.trim().split(' ').map(Number);
  return { installUs, allowedNs: [allowed], testedNs: [tested], deniedNs: [denied] };
}

function joined(costs: readonly FilterCost[]): FilterCost {
  return {
    installUs: costs.flatMap(({ installUs }) => installUs),
    allowedNs: costs.flatMap(({ allowedNs }) => allowedNs),
    testedNs: costs.flatMap(({ testedNs }) => testedNs),
    deniedNs: costs.flatMap(({ deniedNs }) => deniedNs),
  };
}

function filterSize(program: Program): FilterSize {
  const executed = [...syscallNumbers(program.architecture).keys()]
    .map((nr) => trace(program, { arch: AUDIT_ARCH[program.architecture], nr, args: [] }))
    .filter(({ value }) => value === ALLOW)
    .map(({ path }) => path.length);
  return {
    instructions: program.instructions.length,
    allowed: executed.length,
    average: executed.reduce((sum, count) => sum + count, 0) / executed.length,
    most: Math.max(...executed),
  };
}
