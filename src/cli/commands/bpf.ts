import type { CommandDescription } from '../arguments/command-description.ts';
import type { GivenArguments } from '../arguments/given-arguments.ts';
import { archOption, OUTPUT_OPTION } from '../arguments/shared-options.ts';
import { EXIT, ExitError } from '../exit.ts';

/** The tasks, each with its options. */
const TASKS: Readonly<Record<string, readonly string[]>> = {
  disasm: ['arch', 'json', 'output'],
  asm: ['arch', 'output'],
  sim: ['arch', 'json', 'call', 'calls'],
  graph: ['arch', 'json', 'output', 'svg'],
  explain: ['arch', 'json', 'output'],
  cache: ['arch', 'json'],
};

export const bpfCommand: CommandDescription = {
  name: 'bpf',
  describe: 'read a filter: list it, run calls through it, draw it, assemble it',
  synopsis: [
    'disasm FILE... [--json] [-o OUT]',
    'asm LISTING -o OUT',
    'sim FILE... --call CALL... [--calls TABLE] [--json]',
    'graph FILE [--svg | --json] [-o OUT]',
    'explain FILE... [--json] [-o OUT]',
    'cache FILE... [--json]',
  ],
  detail: [
    'A FILE with a name in .yaml or .yml is a policy, and its filter is compiled first. Any other file is a raw filter: an array of struct sock_filter, as `portcullis export bpf` writes it and setpriv and bwrap read it. Write - for a raw filter on standard input, and pid:1234 for the filters of a process, for which you need CAP_SYS_ADMIN.',
    'disasm prints one line for each instruction, with the names of calls, machines, arguments and answers. It also lists a program that the kernel would refuse, with the reasons.',
    'asm makes a raw filter from a listing. From the output of disasm it makes the same bytes again. Your lines may have labels; numbers in front of lines are labels as well. A filter that the kernel would refuse is not written.',
    'sim prints the answer of filters to calls, the instructions on the way, and the line of a policy that decides. Several FILEs are a stack; the filter that is installed first comes first. You write a call as in openat(AT_FDCWD, 0x1000, O_RDONLY). Another machine may stand in front (i386: 5). The address that the call comes from (at 0x10000) and the expected answer (-> errno(EPERM)) may follow.',
    'graph prints the ways through a filter for Graphviz, or with --svg as a picture.',
    'explain prints the combined effect of filters as rules, in a seccomp section of a policy. Where no rule can express the answers to a call, the strictest of them is taken, and a comment above reports it.',
    'cache lists the calls that the kernel (5.11 or newer) answers without running the filters, and the obstacle for each of the others.',
  ],
  positionals: [
    {
      name: 'TASK',
      describe: 'the task to do',
      required: true,
      variadic: false,
      value: { words: Object.keys(TASKS) },
    },
    {
      name: 'FILE',
      describe: 'a policy, a raw filter or a listing',
      required: true,
      variadic: true,
      value: 'file',
    },
  ],
  options: [
    { name: 'json', kind: 'boolean', describe: 'print the result as data' },
    archOption(
      'the machine whose names are used; when absent, the one that a raw filter tests for, or this one',
    ),
    OUTPUT_OPTION,
    { name: 'call', kind: 'list', argument: 'CALL', value: 'text', describe: 'a call to simulate' },
    {
      name: 'calls',
      kind: 'text',
      argument: 'TABLE',
      value: 'file',
      describe: 'a file with one call on each line',
    },
    { name: 'svg', kind: 'boolean', describe: 'draw the graph as a picture' },
  ],
  examples: [
    {
      line: 'portcullis bpf disasm policies/echo.yaml',
      describe: 'the instructions that a policy compiles to',
    },
    {
      line: "portcullis bpf sim policies/echo.yaml --call 'socket(AF_INET, SOCK_STREAM, 0)'",
      describe: 'the answer, the way to it and the line that decides',
    },
    {
      line: 'portcullis bpf graph --svg policies/echo.yaml -o echo.svg',
      describe: 'the filter as a picture',
    },
    {
      line: 'sudo portcullis bpf explain pid:1234',
      describe: 'the calls that a process may still make, as rules',
    },
    {
      line: 'portcullis bpf cache policies/echo.yaml',
      describe: 'the calls that the kernel answers without the filter',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'done; every answer is the expected one' },
    {
      code: EXIT.findings,
      describe:
        'the kernel would refuse the filter, the policy or listing has errors, or an answer is not the expected one',
    },
    { code: EXIT.usage, describe: 'a file cannot be read or written, a call is wrong, or wrong usage' },
  ],
  seeAlso: ['seccomp(2)', 'setpriv(1)', 'bwrap(1)', 'dot(1)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const [task = '', ...files] = given.positionals;
    refuseOthers(task, given);
    const [file = '', second] = files;
    const common = {
      files,
      architecture: given.text('arch'),
      output: given.text('output'),
      json: given.flag('json') ?? false,
    };
    switch (task) {
      case 'disasm': {
        const { disassembleFiles } = await import('../bpf/disassemble-file.ts');
        disassembleFiles(common);
        break;
      }
      case 'asm': {
        if (second !== undefined)
          throw new ExitError(EXIT.usage, `a listing is one file, found '${second}' as well`);
        const { assembleFile } = await import('../bpf/assemble-file.ts');
        assembleFile({ ...common, file });
        break;
      }
      case 'sim': {
        const { simulateCalls } = await import('../bpf/simulate-calls.ts');
        simulateCalls({ ...common, calls: given.list('call'), table: given.text('calls') });
        break;
      }
      case 'graph': {
        const { drawGraph } = await import('../bpf/draw-graph.ts');
        drawGraph({ ...common, svg: given.flag('svg') ?? false });
        break;
      }
      case 'explain': {
        const { explainFilter } = await import('../bpf/explain-filter.ts');
        explainFilter(common);
        break;
      }
      case 'cache': {
        const { reportCache } = await import('../bpf/report-cache.ts');
        reportCache(common);
        break;
      }
    }
  },
};

/** An option that another task has. */
function refuseOthers(task: string, given: GivenArguments): void {
  const own = TASKS[task] ?? [];
  for (const { name, kind } of bpfCommand.options) {
    const isGiven =
      kind === 'boolean'
        ? given.flag(name) !== undefined
        : given.text(name) !== undefined || given.list(name).length > 0;
    if (!isGiven || own.includes(name)) continue;
    const takers = Object.keys(TASKS).filter((each) => TASKS[each]?.includes(name));
    throw new ExitError(
      EXIT.usage,
      `'--${name}' is an option of bpf ${takers.join(', ')}, not of bpf ${task}`,
    );
  }
}
