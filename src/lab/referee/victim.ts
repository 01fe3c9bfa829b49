import { type ChildProcess, spawn } from 'node:child_process';
import { OTHER_UID } from './files.ts';

/** A process of another user, which attacks try to end or to read. */
export class Victim {
  #child: ChildProcess;
  #dead = false;

  constructor(isRoot: boolean) {
    this.#child = spawn('/bin/sleep', ['86400'], {
      stdio: 'ignore',
      env: {},
      ...(isRoot ? { uid: OTHER_UID, gid: OTHER_UID } : {}),
    });
    const die = (): void => {
      this.#dead = true;
    };
    this.#child.on('exit', die);
    this.#child.on('error', die);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isDead(): boolean {
    return this.#dead;
  }
}
