import { optionText } from '../../policy/flags/option-text.ts';
import type { PolicyFlag } from '../../policy/flags/policy-flag.ts';
import { POLICY_FLAGS } from '../../policy/generated/policy-flags.ts';
import type { CommandDescription, OptionDescription, ValueSource } from './command-description.ts';

function optionOf(flag: PolicyFlag): OptionDescription {
  const { name, kind, argument, describe } = flag;
  const common = {
    name,
    group: 'Policy',
    describe: optionText(describe),
  };
  if (kind === 'switch')
    return { ...common, kind: 'boolean', negation: 'off, even where the file turns it on' };
  return { ...common, kind: kind === 'value' ? 'text' : 'list', argument, value: sourceOf(flag) };
}

function sourceOf({ choices, entries, completes }: PolicyFlag): ValueSource {
  if (choices !== undefined) return { words: choices };
  if (entries !== undefined) return { names: entries };
  return completes ?? 'text';
}

/** Every key of a policy, and the file that they override. */
export const POLICY_OPTIONS: readonly OptionDescription[] = [
  {
    name: 'policy',
    alias: 'p',
    kind: 'text',
    argument: 'FILE',
    value: 'policy',
    group: 'Policy',
    describe: 'the policy file that the options below override',
  },
  ...POLICY_FLAGS.map(optionOf),
];

/** The words that follow `--`. */
export const POLICY_COMMAND: NonNullable<CommandDescription['commandLine']> = {
  describe:
    'the program and its arguments, in place of the key `run`; you need no path for a program on PATH, unless the policy has a root',
};
