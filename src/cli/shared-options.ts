import { ARCHITECTURES } from '../kernel/architecture.ts';
import type { OptionDescription } from './command-description.ts';

/** `--arch MACHINE`, with what a command takes the machine for. */
export function archOption(describe: string): OptionDescription {
  return { name: 'arch', kind: 'text', argument: 'MACHINE', value: { words: ARCHITECTURES }, describe };
}

/** `--output OUT`: what would be printed goes to a file. */
export const OUTPUT_OPTION: OptionDescription = {
  name: 'output',
  alias: 'o',
  kind: 'text',
  argument: 'OUT',
  value: 'file',
  describe: 'the file to write; one that is there is replaced',
};
