import { ARCHITECTURES } from '../../kernel/architecture.ts';
import type { OptionDescription } from './command-description.ts';

/** `--arch MACHINE`, described by its use in one command. */
export function archOption(describe: string): OptionDescription {
  return { name: 'arch', kind: 'text', argument: 'MACHINE', value: { words: ARCHITECTURES }, describe };
}

/** `--output OUT`: writes a file in place of standard output. */
export const OUTPUT_OPTION: OptionDescription = {
  name: 'output',
  alias: 'o',
  kind: 'text',
  argument: 'OUT',
  value: 'file',
  describe: 'the file to write; an existing one is replaced',
};
