import { architectureOf } from '../../kernel/architecture.ts';
import { syscallName } from '../../kernel/system-calls.ts';
import { visible } from '../../policy/visible-text.ts';
import {
  actionText,
  actionValue,
  type CallData,
  decodeAction,
  type StackRun,
  simulateStack,
  type WrittenCall,
} from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { groupsWithCall } from './groups-with-call.ts';
import { readCalls, requireAnyCall } from './read-calls.ts';
import { type NamedProgram, readPrograms, requireLegal } from './read-programs.ts';
import { BY_DEFAULT, type Reason, reasonFor } from './reason.ts';

export interface SimulateArguments {
  readonly files: readonly string[];
  readonly calls: readonly string[];
  /** A file with one call a line. */
  readonly table: string | undefined;
  readonly architecture: string | undefined;
  readonly json: boolean;
}

/** What became of one call. */
interface Result {
  readonly call: WrittenCall;
  readonly run: StackRun;
  readonly answer: string;
  /** Whether it is what was expected; `undefined`: nothing was. */
  readonly right: boolean | undefined;
}

/** Runs calls through filters, the first one installed first, and says what each answers and by which way. */
export function simulateCalls({ files, calls, table, architecture, json }: SimulateArguments): void {
  requireAnyCall(calls.length > 0 || table !== undefined);
  const programs = readPrograms(files, architecture);
  requireLegal(programs);
  const [{ program }] = programs;
  const results = readCalls(calls, table, program.architecture).map((call): Result => {
    const run = simulateStack(
      programs.map((each) => each.program),
      call.data,
    );
    const action = decodeAction(run.value);
    const { expected } = call;
    const right = expected === undefined ? undefined : actionValue(action) === actionValue(expected);
    return { call, run, answer: actionText(action), right };
  });
  if (json)
    process.stdout.write(
      `${JSON.stringify(
        results.map((result) => asData(result, programs)),
        null,
        2,
      )}\n`,
    );
  else process.stdout.write(results.map((result) => asText(result, programs)).join('\n'));
  const wrong = results.filter(({ right }) => right === false).length;
  if (wrong === 0) return;
  const message =
    wrong === 1
      ? 'one call is answered otherwise than expected'
      : `${wrong} calls are answered otherwise than expected`;
  throw new ExitError(EXIT.findings, json ? '' : message);
}

function asData({ call, run, answer, right }: Result, programs: readonly NamedProgram[]): object {
  const { arch, nr, args, instructionPointer } = call.data;
  return {
    call: call.text,
    arch,
    nr,
    name: nameOf(call.data) ?? null,
    args: args.map(String),
    instructionPointer: String(instructionPointer ?? 0n),
    answer,
    value: run.value,
    ...(call.expected === undefined ? {} : { expected: actionText(call.expected), right }),
    decidedBy: run.decidedBy ?? null,
    filters: programs.map((named, index) => ({
      file: named.name,
      answer: actionText(decodeAction(run.runs[index]?.value ?? 0)),
      path: run.runs[index]?.path,
      ...reasonOf(named, call, run.runs[index]?.value ?? 0),
    })),
  };
}

function asText({ call, run, answer, right }: Result, programs: readonly NamedProgram[]): string {
  const name = nameOf(call.data);
  const lines = [visible(call.text)];
  if (name !== undefined && !call.text.includes(name)) lines.push(`  call    ${name}`);
  lines.push(`  answer  ${answer}`);
  if (right === false && call.expected !== undefined)
    lines.push(`  wrong   expected ${actionText(call.expected)}`);
  for (const [index, named] of programs.entries()) {
    const { value, path } = run.runs[index] ?? { value: 0, path: [] };
    if (programs.length > 1) {
      const decides = run.decidedBy === index ? ', which counts' : '';
      lines.push(`  filter  ${visible(named.name)}: ${actionText(decodeAction(value))}${decides}`);
    }
    const { length } = named.program.instructions;
    lines.push(`  path    ${path.join(' ')}: ${path.length} of ${length} instructions`);
    const reason = reasonOf(named, call, value);
    if (reason !== undefined) lines.push(`  rule    ${reasonText(reason)}`);
    if (reason === BY_DEFAULT && name !== undefined)
      lines.push(...groupsWithCall(name, named.policy?.rest).map((rule) => `  group   ${rule}`));
  }
  return `${lines.join('\n')}\n`;
}

/** The kernel tells only the number of a call that it refuses. */
function nameOf({ arch, nr }: CallData): string | undefined {
  const architecture = architectureOf(arch);
  return architecture === undefined ? undefined : syscallName(nr, architecture);
}

function reasonText(reason: Reason): string {
  if ('none' in reason) return `none: ${reason.none}`;
  const { file, line, column, text } = reason.rule;
  return `${visible(file)}:${line}:${column}: ${visible(text)}`;
}

function reasonOf({ policy }: NamedProgram, { data }: WrittenCall, value: number): Reason | undefined {
  if (policy === undefined) return undefined;
  const { filter, texts } = policy;
  return reasonFor(filter, data, texts, value === actionValue(filter.default));
}
