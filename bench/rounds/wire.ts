import { chmodSync, writeFileSync } from 'node:fs';
import type { Place } from './service.ts';

/** A program in place of ssh, for clients that start one: it leads to the service. */
export function wire({ data, port }: Place): string {
  const path = `${data}/wire`;
  writeFileSync(path, `#!/bin/sh\nexec socat - TCP:127.0.0.1:${port}\n`);
  chmodSync(path, 0o755);
  return path;
}
