import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lchownSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readPolicyFile } from '../../host/trust.ts';
import type { Exercise } from '../../lab/exercise.ts';
import type { CheckResult } from '../../lab/result.ts';
import { shellWord } from '../../policy/command-line.ts';
import { EXIT, ExitError } from '../exit.ts';
import { writeProblem } from '../print/write-problem.ts';
import { labsFolder } from './exercises.ts';
import { type Owner, writeOwned } from './write-owned.ts';

const GIVEN = ['README.md', 'README.fr.md', 'policy.yaml'];
const CANARY = 'canary';
const RESULT = 'result.json';

/** A line that an attack can find in an answer, and in nothing else. */
const SECRET = /^[!-~][ -~]{6,98}[!-~]$/;

/** The directory of a student for one exercise. */
export class StudentDirectory {
  readonly path: string;
  readonly #exercise: Exercise;
  readonly #option: string;

  constructor(exercise: Exercise, named: string | undefined) {
    this.path = named ?? `lab-${exercise.number}`;
    this.#exercise = exercise;
    this.#option = named === undefined ? '' : ` --dir ${shellWord(named)}`;
  }

  get policy(): string {
    return join(this.path, 'policy.yaml');
  }

  get isStarted(): boolean {
    return existsSync(join(this.path, CANARY));
  }

  /** The secret that attacks are after; undefined where the exercise is not started. */
  get canary(): string | undefined {
    if (!this.isStarted) return undefined;
    const file = join(this.path, CANARY);
    const { text, diagnostics } = readPolicyFile(file, { asRoot: false });
    if (text === undefined)
      throw new ExitError(EXIT.usage, diagnostics[0]?.message ?? `cannot read '${file}'`);
    const secret = text.trim();
    if (!SECRET.test(secret))
      throw new ExitError(
        EXIT.usage,
        `'${file}' has no secret: write one line of 8 to 100 letters and digits`,
      );
    return secret;
  }

  /** True when the last check has passed. The file is for its owner: graders check again. */
  get isPassed(): boolean {
    const { text } = readPolicyFile(join(this.path, RESULT), { asRoot: false });
    try {
      return JSON.parse(text ?? '').passed === true;
    } catch {
      return false;
    }
  }

  /** The command line of a task for this directory, to be typed. */
  command(task: 'start' | 'attack' | 'check'): string {
    const sudo = task !== 'start' && this.#exercise.needs.includes('root') ? 'sudo ' : '';
    return `${sudo}portcullis lab ${task} ${this.#exercise.number}${this.#option}`;
  }

  /** Makes the directory whole or not at all: an interruption leaves nothing under its name. */
  start(): void {
    if (existsSync(this.path))
      throw new ExitError(
        EXIT.usage,
        `'${this.path}' exists already: remove it to begin again, or name another directory with --dir`,
      );
    const parent = dirname(resolve(this.path));
    const folder = join(labsFolder(), this.#exercise.folder);
    const caller = callerUnderSudo();
    let made: string | undefined;
    try {
      made = mkdtempSync(join(parent, `.${basename(this.path)}-`));
      for (const name of GIVEN) writeOwned(join(made, name), readFileSync(join(folder, name)), caller);
      writeOwned(join(made, CANARY), `canary-${randomBytes(12).toString('hex')}\n`, caller);
      chmodSync(made, 0o755);
      if (caller !== undefined) lchownSync(made, caller.uid, caller.gid);
      renameSync(made, this.path);
    } catch (error) {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
      throw new ExitError(EXIT.usage, `cannot make '${this.path}': ${writeProblem(error)}`);
    }
  }

  /**
   * Keeps the verdicts for the list. Returns the reason where they cannot be kept. Their evidence is left out: it quotes
   * the policy, which is a link to a file of root where a student wants to read that.
   */
  keep({ exercise, seed, passed, control, stopped, layer, service }: CheckResult): string | undefined {
    const kept = {
      exercise,
      seed,
      passed,
      control: control.verdict,
      stopped: stopped.verdict,
      layer: layer.verdict,
      service: service.verdict,
    };
    let directory: number | undefined;
    try {
      directory = openSync(this.path, constants.O_RDONLY | constants.O_DIRECTORY);
      replaceInside(directory, RESULT, `${JSON.stringify(kept, null, 2)}\n`);
      return undefined;
    } catch (error) {
      return writeProblem(error);
    } finally {
      if (directory !== undefined) closeSync(directory);
    }
  }
}

/** Replaces a file of an open directory at once, for the directory's owner. */
function replaceInside(directory: number, name: string, text: string): void {
  const inside = `/proc/self/fd/${directory}`;
  const written = join(inside, `.${name}-${randomBytes(6).toString('hex')}`);
  try {
    writeOwned(written, text, fstatSync(directory));
    renameSync(written, join(inside, name));
  } catch (error) {
    rmSync(written, { force: true });
    throw error;
  }
}

/** Under sudo the directory is that of the user who typed it. */
function callerUnderSudo(): Owner | undefined {
  const [uid, gid] = [process.env['SUDO_UID'], process.env['SUDO_GID']].map(idOf);
  return process.getuid?.() === 0 && uid !== undefined && gid !== undefined ? { uid, gid } : undefined;
}

function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
