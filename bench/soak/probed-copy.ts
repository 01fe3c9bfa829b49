import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The signal on which the supervisor of the copy tells of its memory. */
export const PROBE_SIGNAL = 'SIGUSR2';

/**
 * Stands before the supervisor's program, and tells of the bytes that are alive. The size of the process says less,
 * because its heap grows and shrinks by itself. V8 gives up caches only after they were not used between several
 * collections, so it collects until nothing becomes free any more.
 */
const PROBE = `
for (const flag of ['--expose-gc', '--no-flush-bytecode']) require('node:v8').setFlagsFromString(flag);
const portcullisCollect = require('node:vm').runInNewContext('gc');
const portcullisProbe = (least, times) => {
  portcullisCollect();
  const { heapUsed, external } = process.memoryUsage();
  const alive = Math.min(least, heapUsed + external);
  if (times > 0) setTimeout(portcullisProbe, 1, alive, alive < least - 1024 ? 8 : times - 1);
  else require('node:fs').writeSync(2, 'soak: alive ' + alive + '\\n');
};
process.on('${PROBE_SIGNAL}', () => portcullisProbe(Infinity, 8));
`;

/** The line that the probe writes, with the number of bytes. */
export const ALIVE: RegExp = /^soak: alive (\d+)$/m;

/** Copies the built program into a folder, with the probe; returns the path of the copy. */
export function probedCopy(program: string, folder: string): string {
  const built = dirname(program);
  const copy = join(folder, 'dist');
  cpSync(built, copy, { recursive: true });
  const packages = join(dirname(built), 'node_modules');
  if (existsSync(packages)) symlinkSync(packages, join(folder, 'node_modules'));
  const supervisor = join(copy, 'supervisor.cjs');
  writeFileSync(supervisor, `${PROBE}${readFileSync(supervisor, 'utf8')}`);
  return join(copy, 'portcullis.js');
}
