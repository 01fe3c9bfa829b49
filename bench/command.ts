import { writeFileSync } from 'node:fs';
import { type CommonOptions, UsageError } from './read-options.ts';

/** A kind of measurement that `npm run bench` offers. */
export interface Command<Options extends CommonOptions, Report> {
  readonly help: string;
  /** A text if the user has to be root, with the reason. */
  readonly needsRoot?: string;
  /** `undefined` when help is asked for. */
  read(args: readonly string[]): Options | undefined;
  run(options: Options, signal: AbortSignal, say: (text: string) => void): Promise<Report>;
  /** For a terminal. */
  text(report: Report): string;
  /** Returns whether all that was asked for is measured, and fit for the page. */
  isValid(report: Report): boolean;
  /** Replaces the numbers of docs/benchmarks.md. */
  write(report: Report): void;
}

/** Runs one; returns the exit code. */
export async function runCommand<Options extends CommonOptions, Report>(
  command: Command<Options, Report>,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const options = command.read(args);
  if (options === undefined) {
    process.stdout.write(command.help);
    return 0;
  }
  if (command.needsRoot !== undefined && process.getuid?.() !== 0)
    throw new UsageError(`needs root, because ${command.needsRoot}; run it with sudo`);
  const report = await command.run(options, signal, (text) => process.stderr.write(text));
  process.stdout.write(command.text(report));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  const isValid = command.isValid(report);
  if (options.write && isValid) command.write(report);
  return isValid ? 0 : 1;
}
