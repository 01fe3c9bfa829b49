import { type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { syscallArguments, syscallNumbers } from '../../kernel/system-calls.ts';
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
}

/** Says which calls the kernel answers without running the filters, and what is in the way of the others. */
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
  if (json) process.stdout.write(`${JSON.stringify({ architecture, cached, others }, null, 2)}\n`);
  else process.stdout.write(asText(cached, others, architecture, programs.length > 1));
}

function uncached(
  programs: readonly NamedProgram[],
  architecture: Architecture,
  nr: number,
  call: string,
): Uncached | undefined {
  for (const { name, program } of programs) {
    const obstacle = cacheObstacle(program, { arch: AUDIT_ARCH[architecture], nr });
    if (obstacle !== undefined)
      return { call, nr, file: name, obstacle, reason: reasonText(obstacle, call, architecture) };
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

/** Calls that are refused have nothing to gain: they are counted; the others are named. */
function asText(
  cached: readonly string[],
  others: readonly Uncached[],
  architecture: Architecture,
  several: boolean,
): string {
  const total = cached.length + others.length;
  const lines = [
    `${cached.length} of ${total} calls of ${architecture} are answered from the kernel's cache`,
  ];
  const answered = new Map<string, number>();
  for (const { reason, obstacle } of others)
    if (obstacle.kind === 'answer') answered.set(reason, (answered.get(reason) ?? 0) + 1);
  for (const [reason, count] of answered) lines.push(`${count} not: ${reason.replace(/^is/, 'each is')}`);
  const depending = others.filter(({ obstacle }) => obstacle.kind !== 'answer');
  if (depending.length > 0) lines.push(`${depending.length} not, for what they depend on:`);
  const widest = Math.max(0, ...depending.map(({ call }) => call.length));
  for (const { call, reason, obstacle, file } of depending) {
    const place = `${several ? `${file}, ` : ''}instruction ${obstacle.instruction}`;
    lines.push(`  ${call.padEnd(widest)}  ${reason} (${place})`);
  }
  return `${lines.join('\n')}\n`;
}
