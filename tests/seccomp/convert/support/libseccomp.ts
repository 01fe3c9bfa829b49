import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syscallNumber } from '../../../../src/kernel/system-calls.ts';
import { decodeProgram, type Program } from '../../../../src/seccomp/index.ts';

/** What runtimes read of a profile; numbers of 64 bits are text. */
interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly syscalls: readonly {
    readonly name?: string;
    readonly names?: readonly string[];
    readonly action: string;
    readonly errnoRet?: number;
    readonly args?:
      | readonly {
          readonly index: number;
          readonly value?: string;
          readonly valueTwo?: string;
          readonly op: string;
        }[]
      | null;
  }[];
}

const ACTIONS: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

const OPERATORS = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'];

function actionNumber(name: string, errno = 1): number {
  const plain = ACTIONS[name];
  if (plain === undefined) throw new Error(`no action ${name}`);
  return name === 'SCMP_ACT_ERRNO' || name === 'SCMP_ACT_TRACE' ? plain + errno : plain;
}

/** Libseccomp as runtimes call it. */
export class Libseccomp {
  readonly #directory = mkdtempSync(join(tmpdir(), 'libseccomp-'));
  readonly #binary = join(this.#directory, 'compile');

  constructor() {
    const source = fileURLToPath(new URL('libseccomp.c', import.meta.url));
    execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', this.#binary, source, '-lseccomp']);
  }

  /** The program that a runtime would load for a profile: rules that answer as the default does are skipped. */
  compile(json: string): Program {
    const profile = JSON.parse(json.replaceAll(/("value(?:Two)?": *)(\d+)/g, '$1"$2"')) as Profile;
    const fallback = actionNumber(profile.defaultAction, profile.defaultErrnoRet);
    const lines = [`default ${fallback.toString(16)}`];
    for (const { name: single, names = [], action, errnoRet, args } of profile.syscalls) {
      const number = actionNumber(action, errnoRet);
      if (number === fallback) continue;
      const tests = (args ?? []).map(({ index, value = '0', valueTwo = '0', op }) =>
        [index, OPERATORS.indexOf(op.replace('SCMP_CMP_', '')), BigInt(value), BigInt(valueTwo)]
          .map((word) => word.toString(16))
          .join(' '),
      );
      for (const name of single === undefined ? names : [single]) {
        const call = syscallNumber(name, 'x86_64');
        if (call !== undefined)
          lines.push(['rule', number.toString(16), call.toString(16), ...tests].join(' '));
      }
    }
    const { status, stdout, stderr } = spawnSync(this.#binary, [], { input: `${lines.join('\n')}\n` });
    if (status !== 0) throw new Error(`libseccomp refuses the profile: ${stderr}`);
    const decoded = decodeProgram(stdout, 'x86_64');
    if (!decoded.ok) throw new Error(decoded.message);
    return decoded.program;
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}
