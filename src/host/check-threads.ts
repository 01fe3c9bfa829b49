import type { Rlimit } from '../kernel/rlimits.ts';
import { RLIM_INFINITY } from '../kernel/rlimits.ts';
import type { Policy } from '../policy/policy.ts';
import type { Report } from './report.ts';

/** A program by what its file links, and by its words. */
export interface LinkedProgram {
  readonly path: string;
  readonly words: readonly string[];
  /** `DT_NEEDED`. */
  readonly needed: readonly string[];
  readonly imports: ReadonlySet<string>;
  readonly environment: ReadonlyMap<string, string>;
}

const MIB = 1024n * 1024n;
/** Of glibc, where `rlimits.stack` is unlimited: ARCH_STACK_DEFAULT_SIZE. */
const DEFAULT_STACK = 2n * MIB;
/** Fewer stacks than this are worth a note. */
const FEW_THREADS = 16n;

/** A runtime that reserves memory of its own, and the limits below which it does not start. Measured, on x86-64. */
interface Runtime {
  readonly name: string;
  readonly isIt: (program: LinkedProgram, base: string) => boolean;
  readonly as: bigint;
  readonly data: bigint;
  /** Options, all of which together make it reserve less. */
  readonly sparing: readonly string[];
  readonly help: string;
}

const RUNTIMES: readonly Runtime[] = [
  {
    name: 'a Java virtual machine',
    isIt: ({ needed }, base) => base === 'java' || needed.some((name) => /^lib(jli|jvm)\.so/.test(name)),
    as: 4096n * MIB,
    data: 512n * MIB,
    sparing: ['-Xmx', '-XX:CompressedClassSpaceSize=', '-XX:ReservedCodeCacheSize='],
    help: 'write rlimits: { as: 8GiB, data: 1GiB }, or add -Xmx64m -XX:CompressedClassSpaceSize=32m -XX:ReservedCodeCacheSize=32m to its words',
  },
  {
    name: 'Node',
    isIt: ({ needed }, base) => /^node(js)?$/.test(base) || needed.some((name) => /^libnode\.so/.test(name)),
    as: 768n * MIB,
    data: 64n * MIB,
    sparing: ['--jitless'],
    help: 'write rlimits: { as: 2GiB, data: 512MiB }, or add --jitless to its words',
  },
  {
    name: 'nbdkit, which starts 16 threads,',
    isIt: (_, base) => base === 'nbdkit',
    as: 256n * MIB,
    data: 136n * MIB,
    sparing: ['--threads'],
    help: 'write rlimits: { data: 256MiB, as: 1GiB }, or fewer threads (--threads=4)',
  },
];

/** Reports limits of memory in which the stacks of threads, or what a runtime reserves, do not fit. */
export function checkThreads(program: LinkedProgram, { rlimits }: Policy, report: Report): void {
  const { path, imports, needed } = program;
  const base = path.slice(path.lastIndexOf('/') + 1);
  const [as, data] = [rlimits.as.soft, rlimits.data.soft];
  const runtime = RUNTIMES.find(({ isIt }) => isIt(program, base));
  if (runtime !== undefined) {
    const low = [
      ...(data < runtime.data ? [`data below ${mebibytes(runtime.data)}`] : []),
      ...(as < runtime.as ? [`as below ${mebibytes(runtime.as)}`] : []),
    ];
    if (low.length === 0 || isSparing(program, runtime)) return;
    const message = `${path} is ${runtime.name} and does not start with rlimits.${low.join(' or ')}`;
    report('limits-runtime', 'run.0', message, runtime.help, { severity: 'warning', about: ['rlimits'] });
    return;
  }
  if (!imports.has('pthread_create') && !imports.has('thrd_create') && !needed.includes('libpthread.so.0'))
    return;
  const [limit, least] = as < data ? (['as', as] as const) : (['data', data] as const);
  if (least === RLIM_INFINITY) return;
  const count = least / stackOf(rlimits.stack);
  if (count > FEW_THREADS) return;
  const message = `${path} may start threads, and rlimits.${limit} (${mebibytes(least)}) has room for ${count === 0n ? 0n : count - 1n} stacks of rlimits.stack (${mebibytes(stackOf(rlimits.stack))})`;
  const help = `write a larger ${limit}, or a smaller stack: rlimits: { stack: 512KiB }`;
  report('limits-threads', 'run.0', message, help, { severity: 'note' });
}

function stackOf({ soft }: Rlimit): bigint {
  return soft === RLIM_INFINITY || soft === 0n ? DEFAULT_STACK : soft;
}

function isSparing({ words, environment }: LinkedProgram, { sparing }: Runtime): boolean {
  const given = [...words, ...[...environment.values()].flatMap((text) => text.split(/\s+/))];
  return sparing.every((option) => given.some((word) => word.startsWith(option)));
}

function mebibytes(bytes: bigint): string {
  return bytes % (1024n * MIB) === 0n ? `${bytes / (1024n * MIB)}GiB` : `${bytes / MIB}MiB`;
}
