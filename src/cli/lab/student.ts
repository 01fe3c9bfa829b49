import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Exercise } from '../../lab/exercise.ts';
import type { CheckResult } from '../../lab/result.ts';
import { EXIT, ExitError } from '../exit.ts';
import { writeProblem } from '../print/write-problem.ts';
import { labsFolder } from './exercises.ts';

const GIVEN = ['README.md', 'README.fr.md', 'policy.yaml'];
const CANARY = 'canary';
const RESULT = 'result.json';

/** The directory of a student for one exercise. */
export class StudentDirectory {
  readonly path: string;

  constructor(exercise: Exercise, named: string | undefined) {
    this.path = named ?? `lab-${exercise.number}`;
  }

  get policy(): string {
    return join(this.path, 'policy.yaml');
  }

  get isStarted(): boolean {
    return existsSync(join(this.path, CANARY));
  }

  /** The secret that attacks are after; undefined where the exercise is not started. */
  get canary(): string | undefined {
    return this.isStarted ? readFileSync(join(this.path, CANARY), 'utf8').trim() : undefined;
  }

  /** True when the last check has passed. The file is for its owner: graders check again. */
  get isPassed(): boolean {
    try {
      return JSON.parse(readFileSync(join(this.path, RESULT), 'utf8')).passed === true;
    } catch {
      return false;
    }
  }

  /** Makes the directory whole or not at all: an interruption leaves nothing under its name. */
  start(exercise: Exercise): void {
    if (existsSync(this.path))
      throw new ExitError(
        EXIT.usage,
        `'${this.path}' exists already: remove it to begin again, or name another directory with --dir`,
      );
    const parent = dirname(resolve(this.path));
    let made: string | undefined;
    try {
      made = mkdtempSync(join(parent, `.${basename(this.path)}-`));
      for (const name of GIVEN) copyFileSync(join(labsFolder(), exercise.folder, name), join(made, name));
      writeFileSync(join(made, CANARY), `canary-${randomBytes(12).toString('hex')}\n`);
      chmodSync(made, 0o755);
      for (const name of readdirSync(made)) giveToCaller(join(made, name));
      giveToCaller(made);
      renameSync(made, this.path);
    } catch (error) {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
      throw new ExitError(EXIT.usage, `cannot make '${this.path}': ${writeProblem(error)}`);
    }
  }

  /** Keeps a result for the list, where the exercise is started. */
  keep(result: CheckResult): void {
    if (!this.isStarted) return;
    const file = join(this.path, RESULT);
    writeFileSync(`${file}.new`, `${JSON.stringify(result, null, 2)}\n`);
    const { uid, gid } = statSync(this.path);
    chownSync(`${file}.new`, uid, gid);
    renameSync(`${file}.new`, file);
  }
}

/** Under sudo the directory is that of the user who typed it. */
function giveToCaller(path: string): void {
  const [uid, gid] = [process.env['SUDO_UID'], process.env['SUDO_GID']].map(Number);
  if (process.getuid?.() === 0 && Number.isInteger(uid) && Number.isInteger(gid))
    chownSync(path, uid ?? 0, gid ?? 0);
}
