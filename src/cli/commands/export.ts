import { EXPORT_FORMATS } from '../../seccomp/convert/format-names.ts';
import type { CommandDescription } from '../command-description.ts';
import { CONVERT_OPTIONS, formatList } from '../convert-options.ts';
import { EXIT } from '../exit.ts';

export const exportCommand: CommandDescription = {
  name: 'export',
  describe: "write a policy's filter in the form of another tool",
  synopsis: ['FORMAT POLICY [--arch MACHINE] [--allow-exec] [-o OUT]'],
  detail: [
    'Prints the filter of a policy, or of a file that has only its `seccomp` section, in another form. What that form cannot hold is said on standard error, with file, line and column; where the result would let a call of Linux through that the policy does not, it is an error.',
    `Formats: ${formatList(EXPORT_FORMATS)}.`,
    'A filter that another tool loads stands before the exec that starts the program. Under `exec: once`, which only the gate can keep, it refuses that exec too: --allow-exec lets execve through.',
  ],
  positionals: [
    {
      name: 'FORMAT',
      describe: `the form to write: ${Object.keys(EXPORT_FORMATS).join(', ')}`,
      required: true,
      variadic: false,
      value: { words: Object.keys(EXPORT_FORMATS) },
    },
    {
      name: 'POLICY',
      describe: 'a policy file, or one with a seccomp section alone',
      required: true,
      variadic: false,
      value: 'policy',
    },
  ],
  options: [
    ...CONVERT_OPTIONS,
    {
      name: 'allow-exec',
      kind: 'boolean',
      describe: 'let execve through, which whoever loads the filter needs to start the program',
    },
  ],
  examples: [
    {
      line: 'portcullis export bpf --allow-exec policies/echo.yaml -o echo.bpf',
      describe: 'for setpriv --seccomp-filter echo.bpf',
    },
    {
      line: 'portcullis export oci --allow-exec policies/echo.yaml -o echo.json',
      describe: 'for docker run --security-opt seccomp=echo.json',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'the filter was written' },
    {
      code: EXIT.findings,
      describe: 'the policy has errors, the form cannot hold it, or, with --strict, something is lost',
    },
    { code: EXIT.usage, describe: 'a file cannot be read or written, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)', 'setpriv(1)', 'bwrap(1)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { exportFilter } = await import('../export-filter.ts');
    const [format = '', file = ''] = given.positionals;
    exportFilter({
      format,
      file,
      output: given.text('output'),
      architecture: given.text('arch'),
      allowExec: given.flag('allow-exec') ?? false,
      json: given.flag('json') ?? false,
      strict: given.flag('strict') ?? false,
    });
  },
};
