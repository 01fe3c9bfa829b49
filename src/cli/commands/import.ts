import { IMPORT_FORMATS } from '../../seccomp/convert/format-names.ts';
import type { CommandDescription } from '../arguments/command-description.ts';
import { CONVERT_OPTIONS, formatList } from '../arguments/convert-options.ts';
import { EXIT } from '../exit.ts';

export const importCommand: CommandDescription = {
  name: 'import',
  describe: "turn the filter of another tool into a policy's seccomp section",
  synopsis: [
    'FORMAT FILE [--arch MACHINE] [--capability NAME]... [--kernel VERSION] [--section NAME] [-o OUT]',
  ],
  detail: [
    'Prints a `seccomp` section for your policy. The section answers every call as the filter in FILE does, or more strictly where a rule cannot be carried over. It is never less strict. Each loss is reported on standard error, with file, line and column. A FILE of `-` is standard input.',
    `Formats: ${formatList(IMPORT_FORMATS)}.`,
    'The command export reads a section as it is. In a policy you put it beside `service`, `run` and the other keys.',
  ],
  positionals: [
    {
      name: 'FORMAT',
      describe: `the format of the file: ${Object.keys(IMPORT_FORMATS).join(', ')}`,
      required: true,
      variadic: false,
      value: { words: Object.keys(IMPORT_FORMATS) },
    },
    {
      name: 'FILE',
      describe: 'a filter of another tool; - is standard input',
      required: true,
      variadic: false,
      value: 'file',
    },
  ],
  options: [
    ...CONVERT_OPTIONS,
    {
      name: 'capability',
      kind: 'list',
      argument: 'NAME',
      value: 'capability',
      describe:
        'a capability that the program will hold, for filters with rules about it; without this option it holds no capability',
    },
    {
      name: 'kernel',
      kind: 'text',
      argument: 'VERSION',
      value: 'text',
      describe: 'the kernel that the program will run on, for filters with rules about it; any when absent',
    },
    {
      name: 'section',
      kind: 'text',
      argument: 'NAME',
      value: 'text',
      describe: 'the name of the filter to read, where the file has several',
    },
  ],
  examples: [
    {
      line: 'portcullis import oci seccomp.json -o seccomp.yaml',
      describe: 'the profile of a container; losses are reported on standard error',
    },
    {
      line: 'portcullis import oci default.json --capability CAP_NET_BIND_SERVICE --strict',
      describe: 'as for a container with this capability; any loss is an error',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'the section was printed' },
    { code: EXIT.findings, describe: 'the filter has errors, or there is a loss and you gave --strict' },
    { code: EXIT.usage, describe: 'a file cannot be read or written, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { importFilter } = await import('../filters/import-filter.ts');
    const [format = '', file = ''] = given.positionals;
    importFilter({
      format,
      file,
      output: given.text('output'),
      architecture: given.text('arch'),
      capabilities: given.list('capability'),
      kernel: given.text('kernel'),
      section: given.text('section'),
      json: given.flag('json') ?? false,
      strict: given.flag('strict') ?? false,
    });
  },
};
