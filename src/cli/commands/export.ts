import { EXPORT_FORMATS } from '../../seccomp/convert/format-names.ts';
import type { CommandDescription } from '../arguments/command-description.ts';
import { CONVERT_OPTIONS, formatList } from '../arguments/convert-options.ts';
import { EXIT } from '../exit.ts';

export const exportCommand: CommandDescription = {
  name: 'export',
  describe: "write a policy's filter in the format of another tool",
  synopsis: ['FORMAT POLICY [--arch MACHINE] [--allow-exec] [-o OUT]'],
  detail: [
    'Prints the filter of a policy, or of a file that has only its `seccomp` section, in another format. Each loss is reported on standard error, with file, line and column. A loss that would let a Linux call through against the policy is an error.',
    `Formats: ${formatList(EXPORT_FORMATS)}.`,
    'Another tool loads your filter before the exec that starts the program. Under `exec: once`, which only the gate can keep, the filter refuses that exec too: --allow-exec lets execve through.',
  ],
  positionals: [
    {
      name: 'FORMAT',
      describe: `the format to write: ${Object.keys(EXPORT_FORMATS).join(', ')}`,
      required: true,
      variadic: false,
      value: { words: Object.keys(EXPORT_FORMATS) },
    },
    {
      name: 'POLICY',
      describe: 'a policy file, or one with only a seccomp section',
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
      describe: 'let execve through, so that the tool that loads the filter can start the program',
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
      describe: 'the policy has errors, the format cannot hold it, or there is a loss and you gave --strict',
    },
    { code: EXIT.usage, describe: 'a file cannot be read or written, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)', 'setpriv(1)', 'bwrap(1)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { exportFilter } = await import('../filters/export-filter.ts');
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
