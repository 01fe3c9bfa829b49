import type { CommandDescription } from '../command-description.ts';
import { EXIT } from '../exit.ts';
import { archOption } from '../shared-options.ts';

export const diffCommand: CommandDescription = {
  name: 'diff',
  describe: 'say what one filter lets through and another does not',
  synopsis: ['[--at-most] [--arch MACHINE] [--json] A B'],
  detail: [
    'Compares what the kernel does under two filters, for every call and all values of its arguments, and prints the calls that they answer differently, in the words of rules and no more of them than differ. Nothing is started.',
    'A and B are policies (NAME.yaml, or a file with a seccomp section alone), raw programs (any other file; - is standard input), or live processes (pid:1234, all filters of that thread together; it takes root).',
    'A call that is allowed or logged happens; one that is traced or notified is decided by somebody else; all other answers refuse it. B is wider where a call gets further under B than under A. The number -1, by which a tracer cancels a call, gets nowhere under any filter.',
    'Calls from below the address 4096 are left out: no process has instructions there, except the gate of Portcullis before its service starts.',
  ],
  positionals: [
    { name: 'A', describe: 'what is compared with', required: true, variadic: false, value: 'file' },
    { name: 'B', describe: 'what is compared', required: true, variadic: false, value: 'file' },
  ],
  options: [
    {
      name: 'at-most',
      kind: 'boolean',
      describe: 'print only where B is wider than A: for a check that a filter stays within another',
    },
    archOption('the machine whose calls are named; this one when absent'),
    { name: 'json', kind: 'boolean', describe: 'the differences as one JSON array' },
  ],
  examples: [
    { line: 'portcullis diff old.yaml new.yaml', describe: 'what a change of a policy lets through' },
    {
      line: 'portcullis diff --at-most baseline.yaml service.yaml',
      describe: 'fail when a policy is wider than it may be',
    },
    {
      line: 'sudo portcullis diff service.yaml pid:1234',
      describe: 'whether a process is held to its policy',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'B lets nothing through that A does not' },
    { code: EXIT.findings, describe: 'B is wider' },
    { code: EXIT.usage, describe: 'a filter cannot be read or compared, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)', 'ptrace(2)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { printDifferences } = await import('../print-differences.ts');
    const [before = '', after = ''] = given.positionals;
    printDifferences({
      before,
      after,
      architecture: given.text('arch'),
      atMost: given.flag('at-most') ?? false,
      json: given.flag('json') ?? false,
    });
  },
};
