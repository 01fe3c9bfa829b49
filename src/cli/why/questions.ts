import { type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { syscallArguments, syscallName } from '../../kernel/system-calls.ts';
import { visible } from '../../policy/visible-text.ts';
import type { RecordedAnswer } from '../../seccomp/answers/explain-answer.ts';
import { parseCall } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { readSourceFile } from '../filters/convert-result.ts';

/** A call to explain, and who made it where that is known. */
export interface Question {
  readonly nr: number;
  /** Absent when they are not known. */
  readonly args: readonly bigint[] | undefined;
  readonly session?: number;
  readonly program?: string;
  /** The call happened or not, and was answered with an error. */
  readonly answered?: RecordedAnswer;
}

const SIGSYS = 31;

/** The calls that an argument asks about: a call, an event, a line of the kernel log, or `-` for a log on standard input. */
export function readQuestions(
  text: string,
  {
    architecture,
    service,
    all,
  }: { readonly architecture: Architecture; readonly service: string | undefined; readonly all: boolean },
): readonly Question[] {
  if (text === '-') return inLog(new TextDecoder().decode(readSourceFile('-')), architecture, service, all);
  const record = kernelRecord(text, architecture);
  if (record !== undefined) return [record];
  if (!text.trimStart().startsWith('{')) return [written(text, architecture)];
  const event = parseLine(text);
  if (event === undefined)
    throw new ExitError(EXIT.usage, 'the event is no line of JSON; quote it as a whole');
  if (typeof event['service'] === 'string' && service !== undefined && event['service'] !== service)
    throw new ExitError(
      EXIT.usage,
      `the event is of the service '${visible(event['service'])}', the policy is of '${visible(service)}'`,
    );
  return [fromEvent(event) ?? refuse(event)];
}

type Fields = Readonly<Record<string, unknown>>;

function parseLine(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Events of one service; lines of anything else are passed over. */
function inLog(
  log: string,
  architecture: Architecture,
  service: string | undefined,
  all: boolean,
): readonly Question[] {
  const found = log.split('\n').flatMap((line) => {
    const record = kernelRecord(line, architecture);
    if (record !== undefined) return record;
    const event = parseLine(line);
    if (event === undefined) return [];
    if (typeof event['service'] === 'string' && service !== undefined && event['service'] !== service)
      return [];
    return fromEvent(event) ?? [];
  });
  const last = found.at(-1);
  if (last === undefined)
    throw new ExitError(
      EXIT.usage,
      `no line is an event of a denied call${service === undefined ? '' : ` of '${visible(service)}'`}`,
    );
  return all ? found : [last];
}

/** A denied call or an answer; of older logs the end of a session by SIGSYS, if it has the number of the call. */
function fromEvent(event: Fields): Question | undefined {
  const { session, program, args } = event;
  const nr = event['call'];
  if (event['event'] === 'answered') return answered(event);
  const isDenied = event['event'] === 'denied' || (event['event'] === 'end' && event['signal'] === SIGSYS);
  if (!isDenied || typeof nr !== 'number' || !Number.isInteger(nr) || nr < 0 || nr > 0xffff_ffff)
    return undefined;
  return {
    nr,
    args: registers(args),
    ...(typeof session === 'number' ? { session } : {}),
    ...(typeof program === 'string' ? { program } : {}),
  };
}

/** An answer that a recorder told. */
function answered(event: Fields): Question | undefined {
  const { session, program, call, errno, to_port: port } = event;
  const args = registers(event['args']);
  if (!isSmall(call) || !isSmall(errno) || args === undefined) return undefined;
  const text = (name: string): string | undefined =>
    typeof event[name] === 'string' ? event[name] : undefined;
  return {
    nr: call,
    args,
    ...(typeof session === 'number' ? { session } : {}),
    ...(typeof program === 'string' ? { program } : {}),
    answered: {
      call,
      args,
      errno,
      path: text('path'),
      other_path: text('other_path'),
      address: text('address'),
      to_port: isSmall(port) ? port : undefined,
    },
  };
}

function isSmall(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

function registers(value: unknown): readonly bigint[] | undefined {
  if (!Array.isArray(value) || value.length !== 6) return undefined;
  const known = value.filter((each): each is string => /^0x[0-9a-f]{1,16}$/.test(String(each)));
  return known.length === 6 ? known.map(BigInt) : undefined;
}

function refuse(event: Fields): never {
  const hint =
    event['event'] === 'end'
      ? "an 'end' has no number of a call; look for the 'denied' event before it, or for type=1326 in the kernel log"
      : 'it is none of a denied call or an answer, which says "event":"denied" or "answered" and has the number of the call';
  throw new ExitError(EXIT.usage, `the event explains nothing: ${hint}`);
}

/** A record of the kernel about a filter, as the log and the audit daemon have it. */
function kernelRecord(line: string, architecture: Architecture): Question | undefined {
  if (!/\btype=(1326|SECCOMP)\b/.test(line)) return undefined;
  const nr = /\bsyscall=(\d{1,10})\b/.exec(line)?.[1];
  const arch = /\barch=([0-9a-f]{1,8})\b/.exec(line)?.[1];
  if (nr === undefined) return undefined;
  if (arch !== undefined && Number.parseInt(arch, 16) !== AUDIT_ARCH[architecture])
    throw new ExitError(
      EXIT.usage,
      `the record is of the machine 0x${arch}, and the policy is read for ${architecture}; see --arch`,
    );
  const comm = /\bcomm="([^"]*)"/.exec(line)?.[1];
  return { nr: Number(nr), args: undefined, ...(comm === undefined ? {} : { program: comm }) };
}

/** An address, as events write one. */
const ADDRESS = /\.\.\.(?=\s*[,)])/g;
const ANY_ADDRESS = '0x1000';

/** A call as `bpf sim` reads it, with `...` for an address. Without brackets its arguments are not known. */
function written(text: string, architecture: Architecture): Question {
  const parsed = parseCall(text.replaceAll(ADDRESS, ANY_ADDRESS), architecture);
  if (!parsed.ok) {
    const { message, help } = parsed.problem;
    throw new ExitError(EXIT.usage, `${message}${help === undefined ? '' : `; ${help}`}`);
  }
  const { arch, nr, args } = parsed.value.data;
  if (arch !== AUDIT_ARCH[architecture])
    throw new ExitError(EXIT.usage, `the filter is for ${architecture} and refuses every other machine`);
  const takesSome = syscallArguments(syscallName(nr, architecture) ?? '', architecture)?.length !== 0;
  const isUnknown = args.length === 0 && takesSome && !text.includes('(');
  return { nr, args: isUnknown ? undefined : [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6) };
}
