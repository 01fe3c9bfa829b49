import type {
  CommandDescription,
  ExampleDescription,
  SurroundingDescription,
} from './arguments/command-description.ts';
import { bpfCommand } from './commands/bpf.ts';
import { buildCommand } from './commands/build.ts';
import { checkCommand } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { diffCommand } from './commands/diff.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { labCommand } from './commands/lab.ts';
import { planCommand } from './commands/plan.ts';
import { proveCommand } from './commands/prove.ts';
import { runCommand } from './commands/run.ts';
import { whyCommand } from './commands/why.ts';

/** The commands, in the order of help and documents. */
export const COMMANDS: readonly CommandDescription[] = [
  runCommand,
  checkCommand,
  whyCommand,
  planCommand,
  buildCommand,
  proveCommand,
  diffCommand,
  importCommand,
  exportCommand,
  bpfCommand,
  doctorCommand,
  labCommand,
  completionCommand,
];

/** The program as a whole, for `portcullis --help` and portcullis(1). */
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
  describe: 'serves a program on a TCP port, with only the rights that one policy file grants',
  synopsis: ['COMMAND [OPTION]... [ARGUMENT]...', '[COMMAND] --help'],
  detail: [
    'Portcullis serves any program that reads standard input and writes standard output on a TCP port, and confines it to the rights that one policy file grants. The policy is YAML: it names the program, the port, the user and the rights of the service. portcullis-policy(5) describes its keys. Everything that a policy does not mention is denied or minimal.',
    'The port is bound with the capability CAP_NET_BIND_SERVICE and no other. The service has its own namespaces, no capability, resource limits, Landlock rules and a filter of system calls. Each connection goes to a fresh process as descriptors 0 and 1. Once a service is running, none of its processes is root, unless the policy asks for `user: root` and gives a reason.',
    'A policy without a port wraps its program: the program keeps the descriptors, the terminal and the exit status that it would have without Portcullis, and is confined in the same way.',
    'Portcullis restarts no service: leave that to your init system.',
  ],
  exitStatus: [
    'A command exits with 0 when all is well, 1 when it found a problem, and 2 when you used it wrongly or a file cannot be read. portcullis-run(1) has its own codes.',
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
