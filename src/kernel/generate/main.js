// node src/kernel/generate/main.js [DIRECTORY] [--tables-only]: writes the generated tables, by default into
// src/kernel/generated and, of the gate, into gate; the named constants need the C compilers of both architectures and can be left out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderConstants } from './constants.js';
import { renderGroups, renderHiddenCharacters, renderSystemCalls } from './tables.js';

const directory = process.argv[2] ?? fileURLToPath(new URL('../generated', import.meta.url));
mkdirSync(directory, { recursive: true });
writeFileSync(join(directory, 'system-calls.ts'), renderSystemCalls());
writeFileSync(join(directory, 'system-call-groups.ts'), renderGroups());
const { typescript, header } = renderHiddenCharacters();
writeFileSync(join(directory, 'hidden-characters.ts'), typescript);
writeFileSync(
  join(process.argv[2] ?? fileURLToPath(new URL('../../../gate', import.meta.url)), 'hidden-characters.h'),
  header,
);
if (!process.argv.includes('--tables-only')) {
  const { constants, errno } = renderConstants();
  writeFileSync(join(directory, 'constants.ts'), constants);
  writeFileSync(join(directory, 'errno.ts'), errno);
}
