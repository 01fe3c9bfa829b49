import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packageDescription from '../../../package.json' with { type: 'json' };
import { MANUAL_PAGES } from './pages.ts';
import { fileName, pageSource } from './roff.ts';

/** Writes the manual pages into a folder; called by the build. */
export function writePages(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const page of MANUAL_PAGES)
    writeFileSync(join(folder, fileName(page)), pageSource(page, packageDescription.version));
}
