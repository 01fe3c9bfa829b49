import type { CommandDescription } from '../command-description.ts';
import { EXIT } from '../exit.ts';
import { archOption } from '../shared-options.ts';

export const proveCommand: CommandDescription = {
  name: 'prove',
  describe: 'prove that the compiled filters of policies are what their rules say',
  synopsis: ['[--arch MACHINE] [--json] FILE...', '--against PROGRAM [--arch MACHINE] [--json] FILE'],
  detail: [
    'Compares what the rules of a policy say with what the programs do that a launch loads, for every architecture, call number, instruction pointer and argument, 64 bits each. Nothing is sampled: both sides become diagrams that are equal only when they answer alike. `run` and `build` prove what they load in the same way, and refuse to go on otherwise.',
    'Where a session has two filters, both are proved together, with the precedence of the kernel. A difference comes with the smallest call that shows it. A proof says that the filter is the rules, not that the rules are safe.',
    'With --against the rules of one policy are compared with a program of another compiler: a file of raw instructions (struct sock_filter, little endian), or `pid:1234`, a process with all of its filters.',
  ],
  positionals: [
    {
      name: 'FILE',
      describe: 'a policy, or a file with its seccomp section alone',
      required: true,
      variadic: true,
      value: 'policy',
    },
  ],
  options: [
    { name: 'json', kind: 'boolean', describe: 'what was proved as one JSON array' },
    archOption('the machine that the filter is for; this one when absent'),
    {
      name: 'against',
      kind: 'text',
      argument: 'PROGRAM',
      value: 'file',
      describe:
        'compare the rules with these raw instructions, or with a process, instead of our own program',
    },
  ],
  examples: [
    { line: 'portcullis prove policies/*.yaml', describe: 'every filter that a launch may load' },
    {
      line: 'portcullis prove --against other.bpf policies/echo.yaml',
      describe: 'whether the program of another compiler is this policy',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'everything was proved' },
    {
      code: EXIT.findings,
      describe:
        'a difference, a filter that is too large to prove, a program that the kernel refuses, or a policy with errors',
    },
    { code: EXIT.usage, describe: 'a file cannot be read, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { provePolicies } = await import('../prove-policies.ts');
    provePolicies({
      files: given.positionals,
      against: given.text('against'),
      architecture: given.text('arch'),
      json: given.flag('json') ?? false,
    });
  },
};
