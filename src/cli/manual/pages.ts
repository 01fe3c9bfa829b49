import { COMMANDS } from '../program-description.ts';
import { commandPage } from './command-page.ts';
import { policyPage } from './policy-page.ts';
import { programPage } from './program-page.ts';
import type { ManualPage } from './roff.ts';

/** Every manual page. The build writes them to dist/man; package.json names them, so that npm installs them. */
export const MANUAL_PAGES: readonly ManualPage[] = [
  programPage(COMMANDS),
  ...COMMANDS.map((command) => commandPage(command, COMMANDS)),
  policyPage(COMMANDS),
];
