import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { ownerOf } from './policy.ts';
import type { Place, RoundsService } from './service.ts';

/** The folder of a run, with the packages that are only unpacked; it is gone with the run. */
export class RoundsFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'portcullis-rounds-'));
  #count = 0;

  constructor() {
    // Every service has a user of its own choice.
    chmodSync(this.path, 0o755);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }

  get unpacked(): string {
    return join(this.path, 'unpacked');
  }

  /** A file of the installed packages or of those that are only unpacked; `undefined` where it is missing. */
  find(path: string): string | undefined {
    return [join(this.unpacked, path), path].find((one) => existsSync(one));
  }

  /** A new directory that belongs to the user of a service. */
  directory(service: RoundsService, name: string): string {
    this.#count += 1;
    const path = join(this.path, `${this.#count}-${name}`);
    mkdirSync(path);
    chown(service, path);
    return path;
  }

  /** The path of a new policy: in a directory of root's, because root runs no other. */
  policy(): string {
    this.#count += 1;
    return join(this.path, `${this.#count}.yaml`);
  }

  /** A service's place, with the files that it wants. */
  async place(service: RoundsService): Promise<Place> {
    const data = this.directory(service, 'data');
    const place = { data, port: await freePort(), path: (path: string) => this.find(path) ?? path };
    service.prepare?.(place);
    chown(service, data);
    return place;
  }
}

function chown(service: RoundsService, path: string): void {
  execFileSync('/usr/bin/chown', ['-R', ownerOf(service), path]);
}
