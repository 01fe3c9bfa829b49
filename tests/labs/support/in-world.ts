import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Finished, finished } from '../../support/finished.ts';
import { HOST } from '../../support/host-architecture.ts';
import { NODE, PACKAGE } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';

/** The folder of the course's programs. */
export const PROGRAMS: string = join(PACKAGE, `dist/labs-${HOST}`);

/** Runs a script in a world in the place of the referee, as root or as another user of the host. */
export async function inWorld(
  script: string,
  options: { readonly uid?: number; readonly seconds?: number } = {},
): Promise<Finished> {
  using folder = new TestFolder();
  folder.write('referee.js', script);
  folder.write('package.json', '{ "type": "module" }');
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const words = {
    node: NODE,
    dist: folder.path,
    modules: join(PACKAGE, 'node_modules'),
    programs: PROGRAMS,
    seconds: String(options.seconds ?? 60),
  };
  const args = Object.entries(words).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(join(PROGRAMS, 'world'), args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {},
    ...identity,
  });
  return await finished(child as Parameters<typeof finished>[0]);
}
