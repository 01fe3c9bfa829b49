import { POLICY_FLAGS, type PolicyFlag } from '../policy/flags/policy-flags.ts';
import type { CommandDescription, OptionDescription, ValueSource } from './command-description.ts';

/** What can be completed of the values of a flag. */
const VALUES: Readonly<Record<string, ValueSource>> = {
  user: 'user',
  group: 'group',
  groups: 'group',
  root: 'directory',
  directory: 'directory',
  writable: 'directory',
  'write-and-run': 'directory',
  capabilities: 'capability',
  'pass-env': 'variable',
  rule: 'rule',
  'seccomp-default': 'action',
};

function optionOf(flag: PolicyFlag): OptionDescription {
  const { name, kind, argument, describe } = flag;
  const common = {
    name,
    group: 'Policy',
    describe: describe.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()).replace(/\.$/, ''),
  };
  if (kind === 'switch') return { ...common, kind: 'boolean', negation: 'no, where the file says yes' };
  return { ...common, kind: kind === 'value' ? 'text' : 'list', argument, value: sourceOf(flag) };
}

function sourceOf({ name, choices, entries }: PolicyFlag): ValueSource {
  if (choices !== undefined) return { words: choices };
  if (entries !== undefined) return { names: entries };
  return VALUES[name] ?? 'text';
}

/** Every key of a policy, and the file that they stand over. */
export const POLICY_OPTIONS: readonly OptionDescription[] = [
  {
    name: 'policy',
    alias: 'p',
    kind: 'text',
    argument: 'FILE',
    value: 'policy',
    group: 'Policy',
    describe: 'the policy file that the options below are written over',
  },
  ...POLICY_FLAGS.map(optionOf),
];

/** What follows `--`. */
export const POLICY_COMMAND: NonNullable<CommandDescription['commandLine']> = {
  describe:
    'the program and its arguments, in the place of the key `run`; looked up on PATH when there is no root',
};
