import type { FlagOption } from './command-description.ts';

/** Options of every command, and of none. */
export const GLOBAL_OPTIONS: readonly FlagOption[] = [
  { name: 'help', alias: 'h', kind: 'boolean', describe: 'print this help' },
  { name: 'version', kind: 'boolean', describe: 'print the version' },
];
