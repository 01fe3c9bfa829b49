import type { CommandDescription } from '../arguments/command-description.ts';
import { archOption } from '../arguments/shared-options.ts';
import { EXIT } from '../exit.ts';

export const proveCommand: CommandDescription = {
  name: 'prove',
  describe: 'prove that the compiled filters of policies answer every call as the rules do',
  synopsis: ['[--arch MACHINE] [--json] FILE...', '--against PROGRAM [--arch MACHINE] [--json] FILE'],
  detail: [
    'Compares the rules of a policy with the programs that a launch loads, for every architecture, call number, instruction pointer and argument, with all of their bits. There is no sampling: both sides become diagrams that are equal only when they answer alike. `run` and `build` prove each filter that they load in the same way, and stop when a proof fails.',
    'Where a session has two filters, both are proved together, with the precedence of the kernel. You get each difference with the smallest call that shows it. A proof shows that the filter equals the rules. It does not show that the rules are safe.',
    'With --against you compare the rules of one policy with the program of another compiler: a file of raw instructions (struct sock_filter, little endian), or `pid:1234`, a process with all of its filters.',
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
    { name: 'json', kind: 'boolean', describe: 'print the proofs as one JSON array' },
    archOption('the machine that the filter is for; this one when absent'),
    {
      name: 'against',
      kind: 'text',
      argument: 'PROGRAM',
      value: 'file',
      describe:
        'compare the rules with these raw instructions, or with a process, in place of our own program',
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
    const { provePolicies } = await import('../filters/prove-policies.ts');
    provePolicies({
      files: given.positionals,
      against: given.text('against'),
      architecture: given.text('arch'),
      json: given.flag('json') ?? false,
    });
  },
};
