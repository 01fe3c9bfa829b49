import { IMPORT_FORMATS } from '../../seccomp/convert/format-names.ts';
import type { CommandDescription } from '../command-description.ts';
import { CONVERT_OPTIONS, formatList } from '../convert-options.ts';
import { EXIT } from '../exit.ts';

export const importCommand: CommandDescription = {
  name: 'import',
  describe: "turn the filter of another tool into a policy's seccomp section",
  synopsis: [
    'FORMAT FILE [--arch MACHINE] [--capability NAME]... [--kernel VERSION] [--section NAME] [-o OUT]',
  ],
  detail: [
    'Prints the `seccomp` section of a policy that answers every call as the filter in FILE does, or more restrictively where something cannot be carried over: never less. What is lost is said on standard error, with file, line and column. With FILE `-` the filter is read from standard input.',
    `Formats: ${formatList(IMPORT_FORMATS)}.`,
    'A section can be read by export as it is; in a policy it stands beside `service`, `run` and the other keys.',
  ],
  positionals: [
    {
      name: 'FORMAT',
      describe: `the form of the file: ${Object.keys(IMPORT_FORMATS).join(', ')}`,
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
      describe: 'a capability that the program will hold, for filters with rules about it; none when absent',
    },
    {
      name: 'kernel',
      kind: 'text',
      argument: 'VERSION',
      value: 'text',
      describe: 'the kernel that it will run on, for filters with rules about it; any when absent',
    },
    {
      name: 'section',
      kind: 'text',
      argument: 'NAME',
      value: 'text',
      describe: 'which of several filters in the file is meant, by its name there',
    },
  ],
  examples: [
    {
      line: 'portcullis import oci seccomp.json -o seccomp.yaml',
      describe: 'the profile of a container, with what is lost on standard error',
    },
    {
      line: 'portcullis import oci default.json --capability CAP_NET_BIND_SERVICE --strict',
      describe: 'as for a container with this capability; an error when anything is lost',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'the section was printed' },
    { code: EXIT.findings, describe: 'the filter has errors, or, with --strict, something is lost' },
    { code: EXIT.usage, describe: 'a file cannot be read or written, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { importFilter } = await import('../import-filter.ts');
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
