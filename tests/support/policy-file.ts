import { readFileSync } from 'node:fs';
import type { TestFolder } from './test-folder.ts';

/** A shipped policy with its port and paths replaced by the test's own; everything else is as it is shipped. */
export function shippedPolicy(
  folder: TestFolder,
  name: string,
  replace: Readonly<Record<string, string>>,
): string {
  let text = readFileSync(new URL(`../../policies/${name}`, import.meta.url), 'utf8');
  for (const [from, to] of Object.entries(replace)) {
    if (!text.includes(from)) throw new Error(`${name} does not contain ${from}`);
    text = text.replaceAll(from, to);
  }
  return folder.write(name, text);
}
