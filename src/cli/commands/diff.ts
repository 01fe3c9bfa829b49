import type { CommandDescription } from '../arguments/command-description.ts';
import { archOption } from '../arguments/shared-options.ts';
import { EXIT } from '../exit.ts';

export const diffCommand: CommandDescription = {
  name: 'diff',
  describe: 'report the calls that two filters answer differently',
  synopsis: ['[--at-most] [--arch MACHINE] [--json] A B'],
  detail: [
    'Compares two filters by the answers of the kernel, for every call and all values of its arguments. The output has exactly the calls that they answer differently, in the words of rules. The command starts no program.',
    'A and B are policies (NAME.yaml, or a file with only a seccomp section), raw programs (any other file; - is standard input), or live processes (pid:1234, all filters of that thread together; you need root for that).',
    'An allowed or logged call happens. A traced or notified call is decided by another process. All other answers refuse the call. B is wider where a call gets further under B than under A. The number -1, by which a tracer cancels a call, counts as refused under every filter.',
    'Beside a live process a policy is what its sessions have: denied calls ask the gate (user_notif), which ends the process, unless the policy leaves them to the kernel.',
    'Calls from below the address 4096 are left out: no process has instructions there, except the gate of Portcullis before its service starts.',
  ],
  positionals: [
    { name: 'A', describe: 'the filter to compare with', required: true, variadic: false, value: 'file' },
    { name: 'B', describe: 'the filter to compare', required: true, variadic: false, value: 'file' },
  ],
  options: [
    {
      name: 'at-most',
      kind: 'boolean',
      describe: 'print only the calls where B is wider than A, to check that one filter stays within another',
    },
    archOption('the machine whose calls are named; this one when absent'),
    { name: 'json', kind: 'boolean', describe: 'print the differences as one JSON array' },
  ],
  examples: [
    {
      line: 'portcullis diff old.yaml new.yaml',
      describe: 'the calls that a change of a policy opens or closes',
    },
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
    { code: EXIT.fine, describe: 'B lets through only calls that A lets through' },
    { code: EXIT.findings, describe: 'B is wider' },
    { code: EXIT.usage, describe: 'a filter cannot be read or compared, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)', 'ptrace(2)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { printDifferences } = await import('../print/print-differences.ts');
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
