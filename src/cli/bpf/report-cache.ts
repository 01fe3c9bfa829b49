import { type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { syscallArguments, syscallNumbers } from '../../kernel/system-calls.ts';
import type { Span } from '../../policy/diagnostic.ts';
import { mostExecuted } from '../../seccomp/bpf/most-executed.ts';
import { argumentAt } from '../../seccomp/bpf/word-names.ts';
import {
  actionText,
  type CacheObstacle,
  cacheObstacle,
  decodeAction,
  wordName,
} from '../../seccomp/index.ts';
import { type NamedProgram, readPrograms, requireLegal } from './read-programs.ts';

export interface CacheArguments {
  readonly files: readonly string[];
  readonly architecture: string | undefined;
  readonly json: boolean;
}

interface Uncached {
  readonly call: string;
  readonly nr: number;
  /** The filter that is in the way. */
  readonly file: string;
  readonly obstacle: CacheObstacle;
  readonly reason: string;
  /** The place of the first rule with a condition; absent for raw programs, and for decisions without a rule. */
  readonly source?: Span;
}

interface Result {
  readonly architecture: Architecture;
  readonly instructions: number;
  /** `undefined` when every call is refused. */
  readonly executed: Executed | undefined;
  readonly cached: readonly string[];
  readonly others: readonly Uncached[];
}

/** The number of instructions that run when the kernel's cache does not answer. */
interface Executed {
  readonly average: number;
  readonly most: number;
}

/** Reports the calls that the kernel answers without running the filters, and the obstacle for each other call. */
export function reportCache({ files, architecture: asked, json }: CacheArguments): void {
  const programs = readPrograms(files, asked);
  requireLegal(programs);
  const [{ program }] = programs;
  const { architecture } = program;
  const cached: string[] = [];
  const others: Uncached[] = [];
  for (const [nr, call] of [...syscallNumbers(architecture)].sort(([one], [other]) => one - other)) {
    const found = uncached(programs, architecture, nr, call);
    if (found === undefined) cached.push(call);
    else others.push(found);
  }
  const instructions = programs.reduce((sum, named) => sum + named.program.instructions.length, 0);
  const passing = others.filter(({ obstacle }) => obstacle.kind !== 'answer').map(({ call }) => call);
  const executed = executedBy(programs, architecture, new Set([...cached, ...passing]));
  const result = { architecture, instructions, executed, cached, others };
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : asText(result, programs.length > 1));
}

/** Over the calls that are not always refused, in all filters together; each at its longest. */
function executedBy(
  programs: readonly NamedProgram[],
  architecture: Architecture,
  calls: ReadonlySet<string>,
): Executed | undefined {
  const arch = AUDIT_ARCH[architecture];
  const counts = [...syscallNumbers(architecture)]
    .filter(([, call]) => calls.has(call))
    .map(([nr]) => programs.reduce((sum, { program }) => sum + mostExecuted(program, { arch, nr }), 0));
  if (counts.length === 0) return undefined;
  const average = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return { average: Math.round(average * 10) / 10, most: Math.max(...counts) };
}

function uncached(
  programs: readonly NamedProgram[],
  architecture: Architecture,
  nr: number,
  call: string,
): Uncached | undefined {
  for (const { name, program, policy } of programs) {
    const obstacle = cacheObstacle(program, { arch: AUDIT_ARCH[architecture], nr });
    if (obstacle === undefined) continue;
    const reason = reasonText(obstacle, call, architecture);
    const rule = policy?.filter.rules.find((one) => one.call === call && one.condition.kind !== 'true');
    const source = obstacle.kind === 'word' ? rule?.source : undefined;
    return { call, nr, file: name, obstacle, reason, ...(source === undefined ? {} : { source }) };
  }
  return undefined;
}

function reasonText(obstacle: CacheObstacle, call: string, architecture: Architecture): string {
  switch (obstacle.kind) {
    case 'answer': {
      const action = decodeAction(obstacle.value);
      return action.kind === 'allow' ? 'is allowed with data' : `is answered ${actionText(action)}`;
    }
    case 'word': {
      const argument = argumentAt(obstacle.offset);
      if (argument === undefined) return 'depends on the place that it comes from';
      const name = syscallArguments(call, architecture)?.[argument]?.name;
      return `depends on ${name ?? wordName(obstacle.offset)}`;
    }
    case 'operation':
      return 'passes an instruction that the kernel does not emulate';
  }
}

/** Refused calls are only counted, since a cache would not help them; the others are named. */
function asText({ architecture, instructions, executed, cached, others }: Result, several: boolean): string {
  const total = cached.length + others.length;
  const lines = [
    `${cached.length} of ${total} calls of ${architecture} are answered from the kernel's cache`,
  ];
  if (executed !== undefined)
    lines.push(
      `${instructions} instructions; without the cache a call executes ${executed.average} on average, ${executed.most} at most`,
    );
  const answered = new Map<string, number>();
  for (const { reason, obstacle } of others)
    if (obstacle.kind === 'answer') answered.set(reason, (answered.get(reason) ?? 0) + 1);
  for (const [reason, count] of answered) lines.push(`${count} not: ${reason.replace(/^is/, 'each is')}`);
  const depending = others.filter(({ obstacle }) => obstacle.kind !== 'answer');
  if (depending.length > 0) lines.push(`${depending.length} not, for what they depend on:`);
  const widest = Math.max(0, ...depending.map(({ call }) => call.length));
  for (const { call, reason, obstacle, file, source } of depending) {
    const where = source === undefined ? (several ? `${file}, ` : '') : `${source.file}:${source.line}, `;
    const place = `${where}instruction ${obstacle.instruction}`;
    lines.push(`  ${call.padEnd(widest)}  ${reason} (${place})`);
  }
  return `${lines.join('\n')}\n`;
}
