import type { CommandDescription } from '../command-description.ts';
import { EXIT, ExitError } from '../exit.ts';
import type { GivenArguments } from '../given-arguments.ts';
import { archOption, OUTPUT_OPTION } from '../shared-options.ts';

/** What can be done, with the options that belong to it. */
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
    'FILE is a policy (its name ends in .yaml or .yml), whose filter is compiled first; a raw filter, an array of struct sock_filter as `portcullis export bpf` writes it and setpriv and bwrap take it; - for one on standard input; or pid:1234 for the filters of a process, which takes CAP_SYS_ADMIN.',
    'disasm prints one line for each instruction, with the names of calls, machines, arguments and answers. A program that the kernel would refuse is listed too, with the reasons.',
    'asm makes a raw filter from a listing: of what disasm prints the same bytes. Lines may have labels; numbers in front of lines are labels as well. What the kernel would refuse is not written.',
    'sim says what filters answer to calls, by which instructions, and which line of a policy decides. Several FILEs are a stack, the one that is installed first in front. A call is written as in openat(AT_FDCWD, 0x1000, O_RDONLY); in front may stand another machine (i386: 5), behind it the address that the call comes from (at 0x10000) and the answer that is expected (-> errno(EPERM)).',
    'graph prints the ways through a filter for Graphviz, with --svg as a picture.',
    'explain says in rules what filters do together, as a seccomp section of a policy: what rules cannot say is refused by them, and stands above.',
    'cache says which calls the kernel (5.11 or newer) answers without running the filters, and what is in the way of the others.',
  ],
  positionals: [
    {
      name: 'TASK',
      describe: 'what to do',
      required: true,
      variadic: false,
      value: { words: Object.keys(TASKS) },
    },
    {
      name: 'FILE',
      describe: 'a policy, a raw filter, a listing',
      required: true,
      variadic: true,
      value: 'file',
    },
  ],
  options: [
    { name: 'json', kind: 'boolean', describe: 'the result as data' },
    archOption('whose names are used; the machine that a raw filter tests for, or this one, when absent'),
    OUTPUT_OPTION,
    { name: 'call', kind: 'list', argument: 'CALL', value: 'text', describe: 'a call to simulate' },
    {
      name: 'calls',
      kind: 'text',
      argument: 'TABLE',
      value: 'file',
      describe: 'a file with one call a line',
    },
    { name: 'svg', kind: 'boolean', describe: 'the graph as a picture' },
  ],
  examples: [
    { line: 'portcullis bpf disasm policies/echo.yaml', describe: 'what a policy compiles to' },
    {
      line: "portcullis bpf sim policies/echo.yaml --call 'socket(AF_INET, SOCK_STREAM, 0)'",
      describe: 'the answer, the way to it and the line that decides',
    },
    {
      line: 'portcullis bpf graph --svg policies/echo.yaml -o echo.svg',
      describe: 'the filter as a picture',
    },
    { line: 'sudo portcullis bpf explain pid:1234', describe: 'what a process may still do, as rules' },
    { line: 'portcullis bpf cache policies/echo.yaml', describe: 'which calls cost next to nothing' },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'it was done; every answer is the expected one' },
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
