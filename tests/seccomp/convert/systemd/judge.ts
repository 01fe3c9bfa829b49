import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from '../../../../src/kernel/architecture.ts';
import { SYSTEM_CALL_NAMES } from '../../../../src/kernel/system-calls.ts';
import { decodeProgram } from '../../../../src/seccomp/bpf/decode-program.ts';
import type { Program } from '../../../../src/seccomp/bpf/instruction.ts';

const SOURCE = fileURLToPath(new URL('record.c', import.meta.url));

export interface Judge {
  /**
   * The filters that systemd makes of a unit file, the oldest first; `undefined` where it could not start the unit: libseccomp
   * takes no rule that answers what its filter answers anyway, as `call:kill` in a list of allowed calls.
   */
  filters(file: string, architecture: Architecture): readonly Program[] | undefined;
  /** The calls that its libseccomp does not know: systemd ignores them wherever they stand. */
  readonly ignored: readonly string[];
  /** A path for a unit file. */
  scratch(name: string): string;
  remove(): void;
}

/** Builds the program that asks systemd 252, whose private libraries it needs: Debian 12 has them. */
export function systemdJudge(): Judge {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const libraries = `/usr/lib/${machine}-linux-gnu`;
  const core = join(libraries, 'systemd/libsystemd-core-252.so');
  if (!existsSync(core))
    throw new Error(`the judge of unit files is systemd 252, as in Debian 12: ${core} is not there`);
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-systemd-'));
  const program = join(directory, 'record');
  const linked = [
    core,
    join(libraries, 'systemd/libsystemd-shared-252.so'),
    join(libraries, 'libseccomp.so.2'),
  ];
  execFileSync('cc', [
    '-O1',
    '-rdynamic',
    '-o',
    program,
    SOURCE,
    ...linked,
    `-Wl,-rpath,${libraries}/systemd`,
  ]);
  const run = (...words: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync(program, words, { encoding: 'latin1' });
  const lines = ({ stdout }: SpawnSyncReturns<string>): readonly string[] =>
    stdout.split('\n').filter((line) => line !== '');
  return {
    ignored: lines(run('unknown', ...SYSTEM_CALL_NAMES)),
    filters: (file, architecture) => {
      const ended = run(file, architecture);
      if (/^calls: Permission denied$/m.test(ended.stderr)) return undefined;
      if (ended.status !== 0) throw new Error(`the judge failed: ${ended.stderr}`);
      return lines(ended).map((line) => programOf(line, architecture));
    },
    scratch: (name) => join(directory, name),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

function programOf(hexadecimal: string, architecture: Architecture): Program {
  const decoded = decodeProgram(Buffer.from(hexadecimal, 'hex'), architecture);
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.program;
}
