import type {
  CommandDescription,
  ExampleDescription,
  SurroundingDescription,
} from './command-description.ts';
import { bpfCommand } from './commands/bpf.ts';
import { buildCommand } from './commands/build.ts';
import { checkCommand } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { planCommand } from './commands/plan.ts';
import { proveCommand } from './commands/prove.ts';
import { runCommand } from './commands/run.ts';

/** The commands, in the order of help and documents. */
export const COMMANDS: readonly CommandDescription[] = [
  runCommand,
  checkCommand,
  planCommand,
  buildCommand,
  proveCommand,
  diffCommand,
  importCommand,
  exportCommand,
  bpfCommand,
  doctorCommand,
  completionCommand,
];

/** What `portcullis --help` says before it lists the commands. */
export const PROGRAM: {
  readonly describe: string;
  readonly synopsis: readonly string[];
  /** Paragraphs of plain text, for the manual page. */
  readonly detail: readonly string[];
  readonly exitStatus: readonly string[];
  readonly files: readonly SurroundingDescription[];
  readonly seeAlso: readonly string[];
  readonly examples: readonly ExampleDescription[];
} = {
  describe: 'puts a program behind a port with the least privilege it can live with',
  synopsis: ['COMMAND [OPTION]... [ARGUMENT]...', '[COMMAND] --help'],
  detail: [
    'Portcullis puts any program that talks on standard input and output behind a port, with the least privilege that the program can live with. A policy, one YAML file, says which program, which port, which user, and what the program may do; portcullis-policy(5) has its keys. What a policy does not mention is denied or minimal.',
    'The port is bound with the capability CAP_NET_BIND_SERVICE and no other. The service has namespaces of its own, no capability, resource limits, Landlock and a filter of system calls, and each connection goes to a fresh process as descriptors 0 and 1. When a service is up, no process of it is root.',
    'Without a port, a program is wrapped where it stands: it keeps its descriptors, its terminal and its exit status, and is confined all the same.',
    'Nothing is restarted: that is the work of the init system.',
  ],
  exitStatus: [
    'A command exits with 0 when all is well, 1 when it found something wrong, and 2 when it was used wrongly or a file cannot be read. portcullis-run(1) has codes of its own.',
  ],
  files: [
    {
      name: '$(npm root -g)/portcullis/policies',
      describe: 'policies of real services, and policy.schema.json, the JSON Schema of policies for editors',
    },
    {
      name: '$(npm root -g)/portcullis/docs',
      describe: 'the filter language, the events, deployment and more, one page a subject',
    },
  ],
  seeAlso: ['inetd(8)', 'seccomp(2)', 'capabilities(7)', 'landlock(7)', 'systemd.socket(5)'],
  examples: [
    { line: 'sudo portcullis run policies/echo.yaml', describe: 'serve echo on port 7, confined' },
    { line: 'portcullis check policies/*.yaml', describe: 'find mistakes, without root' },
    { line: 'portcullis plan policies/echo.yaml', describe: 'print every system call of the launch' },
  ],
};
