// node src/kernel/generate/main.js [DIRECTORY]: writes the generated tables, by default into src/kernel/generated.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderConstants } from './constants.js';
import { renderGroups, renderSystemCalls } from './tables.js';

const directory = process.argv[2] ?? fileURLToPath(new URL('../generated', import.meta.url));
const { constants, errno } = renderConstants();
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, 'system-calls.ts'), renderSystemCalls());
writeFileSync(join(directory, 'system-call-groups.ts'), renderGroups());
writeFileSync(join(directory, 'constants.ts'), constants);
writeFileSync(join(directory, 'errno.ts'), errno);
