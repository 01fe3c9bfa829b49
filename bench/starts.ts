import type { BenchFolder } from './folder.ts';
import type { Launcher } from './launcher.ts';
import { outputOf } from './output.ts';
import { packageVersion } from './program.ts';
import { rotated } from './rotated.ts';
import { spread } from './statistics.ts';

/** A launcher that is there, and where its programs are. */
export interface FoundLauncher {
  readonly launcher: Launcher;
  readonly path: (program: string) => string;
}

/** The time of a launcher in each round, as the median of its starts. */
export interface Started {
  readonly name: string;
  readonly version?: string;
  readonly startUs: readonly number[];
  /** True when it did not start the program; it printed the reason on standard error. */
  readonly failed: boolean;
}

/** One launcher, so many times, in microseconds; `undefined` when it fails. */
async function start(
  program: string,
  count: number,
  command: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[] | undefined> {
  const { status, text } = await outputOf(program, [`${count}`, ...command], signal);
  return status === 0 ? (JSON.parse(text) as readonly number[]) : undefined;
}

/** Every launcher in every round, one after the other. */
export async function measureStarts(
  launchers: readonly FoundLauncher[],
  { rounds, starts }: { readonly rounds: number; readonly starts: number },
  folder: BenchFolder,
  signal: AbortSignal,
): Promise<readonly Started[]> {
  const contestants = launchers.map(({ launcher, path }) => ({
    launcher,
    command: launcher.command(folder, path),
    startUs: [] as number[],
    failed: false,
  }));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of rotated(contestants, round)) {
      if (contestant.failed) continue;
      const times = await start(folder.start, starts, contestant.command, signal);
      if (times === undefined) contestant.failed = true;
      else contestant.startUs.push(spread(times).median);
    }
  }
  return contestants.map(({ launcher: { name, debianPackage }, startUs, failed }) => {
    const version = debianPackage === undefined ? undefined : packageVersion(debianPackage);
    return { name, ...(version === undefined ? {} : { version }), startUs, failed };
  });
}
