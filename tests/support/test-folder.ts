import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that the test may fill and that is gone afterwards. */
export class TestFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'portcullis-test-'));

  /** Services run as other users, who must get in. */
  constructor() {
    chmodSync(this.path, 0o755);
  }

  write(name: string, text: string, mode = 0o644): string {
    const path = join(this.path, name);
    writeFileSync(path, text, { mode });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
