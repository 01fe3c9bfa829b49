import { AUDIT_ARCH } from '../../kernel/architecture.ts';
import { constantNumber } from '../../kernel/constants.ts';
import {
  concatenate,
  type Data,
  digitsData,
  type Field,
  type Patch,
  stringData,
  structData,
  wholeField,
} from '../data.ts';
import { isUnattended } from '../launch-mode.ts';
import type { Plan } from '../plan.ts';
import { printPlan } from '../print.ts';
import type {
  AccessTable,
  CallStep,
  DatagramTerms,
  EnvStep,
  ExecStep,
  Expectation,
  InheritStep,
  Operand,
  PeerUsers,
  ServeStep,
  Slot,
  Step,
} from '../step.ts';
import { crc32 } from './crc32.ts';
import { DataArea } from './data-area.ts';
import { errnoNames } from './errno-names.ts';
import {
  EXPECTATIONS,
  HANDOFFS,
  HEADER_SIZE,
  IMAGE_VERSION,
  MAX_LISTENERS,
  MAX_PENALTIES,
  MAX_TOLERATED,
  NO_SLOT,
  OPERAND_BITS,
  OPERANDS,
  OUTER_TASKS,
  PENALTIES,
  ROLES,
  TEMPLATES,
  VERBS,
} from './image-codes.ts';
import { WordTable } from './word-table.ts';

/** A plan as bytes, ready for the gate. */
export function encodePlan(plan: Plan): Uint8Array {
  const layout = new Layout();
  for (const step of plan.steps) layout.addStep(step);
  return layout.image(AUDIT_ARCH[plan.architecture], plan);
}

/** An operand of the image, beside those that a plan has: one word of the gate's structures. */
type Word = Operand | { readonly kind: 'value'; readonly value: bigint };

/** Places the data that the steps point at, and numbers the slots in order of appearance. */
class Layout {
  readonly #slots = new Map<Slot, number>();
  readonly #steps: Field[][] = [];
  readonly #arguments = new WordTable();
  readonly #patches: Field[][] = [];
  readonly #checks: Field[][] = [];
  readonly #data = new DataArea();

  addStep(step: Step): void {
    const words = this.#words(step);
    const firstPatch = this.#patches.length;
    const touched = words.flatMap((word) => (word.kind === 'data' ? [word.data] : []));
    const seen = new Set<Data>();
    for (const data of touched) this.#addPatches(data, seen);
    const firstCheck = this.#checks.length;
    const call = step.verb === 'call' ? step : undefined;
    for (const check of call?.checks ?? []) {
      this.#checks.push([
        [4, this.#data.place(check.data) + check.offset],
        [4, check.width],
        [8, check.mask],
        [8, check.equals],
      ]);
    }
    const expect: Expectation = call?.expect ?? { kind: 'equal', value: 0n };
    const passed = withoutTrailingZeros(words);
    const kinds = passed.reduce(
      (bits, { kind }, index) => bits | (OPERANDS[kind] << (OPERAND_BITS * index)),
      0,
    );
    const roles = step.roles.reduce((bits, role) => bits | ROLES[role], 0);
    this.#steps.push([
      [1, VERBS[step.verb]],
      [1, roles],
      [1, EXPECTATIONS[expect.kind]],
      [1, passed.length],
      wholeField(2, call?.number ?? 0),
      [2, kinds],
      [2, call?.store === undefined ? NO_SLOT : this.#slot(call.store)],
      ...tolerated(call),
      wholeField(2, this.#patches.length - firstPatch),
      [4, firstPatch],
      wholeField(2, firstCheck),
      wholeField(2, this.#checks.length - firstCheck),
      [4, resultOf(expect)],
      [4, this.#arguments.place(passed.map((word) => this.#word(word)))],
      [4, step.source?.line ?? 0],
      [4, this.#data.placeName(call?.call ?? step.verb)],
    ]);
  }

  image(machine: number, plan: Plan): Uint8Array {
    const texts = isUnattended(plan.shape)
      ? [plan.service, printPlan(plan, { files: true }), errnoNames()].map((text) =>
          this.#data.place(stringData(text)),
        )
      : [0, 0, 0];
    const { major, minor } = plan.kernel ?? { major: 0, minor: 0 };
    this.#data.finish();
    const body = concatenate([
      ...structures(this.#steps),
      this.#arguments.bytes,
      ...structures(this.#patches),
      ...structures(this.#checks),
      this.#data.bytes,
    ]);
    const tail = structData([
      [4, this.#steps.length],
      [4, this.#arguments.length],
      [4, this.#patches.length],
      [4, this.#checks.length],
      [4, this.#data.size],
      [4, this.#slots.size],
      ...texts.map((offset): Field => [4, offset]),
      [4, (major << 16) | minor],
    ]).bytes;
    const checked = concatenate([tail, body]);
    const head = structData([
      [4, IMAGE_VERSION],
      [4, machine],
      [4, HEADER_SIZE + body.length],
      [4, crc32(checked)],
    ]).bytes;
    return concatenate([new TextEncoder().encode('PORTGATE'), head, checked]);
  }

  #words(step: Step): readonly Word[] {
    switch (step.verb) {
      case 'call':
        return step.operands;
      case 'split':
        return [OUTER_TASKS[step.outer], step.audits ? 1 : 0].map((number) => ({
          kind: 'value',
          value: BigInt(number),
        }));
      case 'env':
        return this.#environment(step);
      case 'serve':
        return [{ kind: 'data', data: this.#serve(step), text: '' }];
      case 'enter':
        return [{ kind: 'value', value: BigInt(step.address) }];
      case 'queue':
        return [{ kind: 'value', value: BigInt(step.descriptor) }];
      case 'mark':
        return [];
      case 'inherit':
        return this.#passed(step);
      case 'exec':
        return this.#exec(step);
    }
  }

  #environment(step: EnvStep): readonly Word[] {
    const fields = step.variables.flatMap(({ name, value }): Field[] => {
      const text = value.kind === 'literal' ? value.text : '';
      const kind = value.kind === 'literal' ? 0 : TEMPLATES[value.template];
      return [
        [4, kind],
        [4, this.#data.place(stringData(`${name}=${text}`))],
      ];
    });
    const table = structData(fields.length === 0 ? [[8, 0]] : fields);
    return [
      { kind: 'data', data: table, text: '' },
      { kind: 'value', value: BigInt(step.variables.length) },
    ];
  }

  /** The flag, and for each family the place of the table and its length. */
  #access(access: AccessTable | undefined): readonly Field[] {
    const table = (digits: string, bytesOfTurn: number): readonly Field[] => {
      const table = digitsData(digits);
      return [
        [4, this.#data.place(table)],
        [4, table.bytes.length / bytesOfTurn],
      ];
    };
    if (access === undefined) return new Array<Field>(5).fill([4, 0]);
    return [[4, 1], ...table(access.inet, 4), ...table(access.inet6, 16)];
  }

  /** The flag, the place of the table, and how many users and groups it has. */
  #peerUsers(peers: PeerUsers | undefined): readonly Field[] {
    if (peers === undefined) return new Array<Field>(4).fill([4, 0]);
    const rows = [...peers.users, ...peers.groups].flatMap(({ id, isAllowed }): readonly Field[] => [
      [4, id],
      [4, isAllowed ? 1 : 0],
    ]);
    const table = structData(rows.length === 0 ? [[8, 0]] : rows);
    return [
      [4, 1],
      [4, this.#data.place(table)],
      [4, peers.users.length],
      [4, peers.groups.length],
    ];
  }

  /** The rate, the budget, and the place and length of the table of ports. */
  #datagrams(terms: DatagramTerms | undefined): readonly Field[] {
    if (terms === undefined) return new Array<Field>(3).fill([8, 0]);
    const { rate, amplification, refusedPorts } = terms;
    const table = structData(refusedPorts.map((port): Field => [4, port]));
    return [
      [8, rate.intervalNs],
      [4, rate.burst],
      [4, amplification],
      [4, this.#data.place(table)],
      [4, refusedPorts.length],
    ];
  }

  #serve(step: ServeStep): Data {
    const optional = (name: Slot | undefined): number => (name === undefined ? NO_SLOT : this.#slot(name));
    const causes = step.penalties?.causes ?? [];
    const listeners = step.listeners.map((name) => [4, this.#slot(name)] as Field);
    return structData([
      [8, step.timeMs ?? 0],
      [8, step.graceMs],
      [8, step.clientGoneMs ?? 0],
      [8, step.firstByteMs ?? 0],
      [8, step.idleMs ?? 0],
      [8, step.drainMs],
      [4, HANDOFFS[step.handoff]],
      [4, step.listeners.length],
      ...listeners,
      ...new Array<Field>(MAX_LISTENERS - listeners.length).fill([4, 0]),
      [4, step.backlog],
      [4, step.sessions],
      [4, step.perSource],
      [4, step.loopbackExempt ? 1 : 0],
      [4, this.#slot(step.epoll)],
      [4, this.#slot(step.childSignal)],
      [4, optional(step.connection)],
      [4, optional(step.log)],
      [4, optional(step.notify)],
      [4, step.localAddress ? 1 : 0],
      [4, step.execAsks ? 1 : 0],
      [4, step.namesPrograms ? 1 : 0],
      [4, constantNumber(step.endSignal)],
      [4, step.audits ? 1 : 0],
      [4, causes.length],
      ...this.#access(step.access),
      ...this.#peerUsers(step.peerUsers),
      [8, step.sourceRate?.intervalNs ?? 0],
      [8, step.totalRate?.intervalNs ?? 0],
      [4, step.sourceRate?.burst ?? 1],
      [4, step.totalRate?.burst ?? 1],
      [8, nanoseconds(step.penalties?.leastMs ?? 0)],
      [8, nanoseconds(step.penalties?.mostMs ?? 0)],
      ...causes.flatMap((penalty): readonly Field[] => [
        [4, PENALTIES[penalty.cause]],
        [4, penalty.cause === 'status' ? penalty.status : 0],
        [8, nanoseconds(penalty.ms)],
      ]),
      ...new Array<Field>(2 * (MAX_PENALTIES - causes.length)).fill([8, 0]),
      ...this.#datagrams(step.datagrams),
    ]);
  }

  #passed({ sockets }: InheritStep): readonly Word[] {
    const rows = sockets.flatMap(({ name, descriptor, line }): readonly Field[] => [
      [4, this.#data.place(stringData(name))],
      [4, descriptor],
      [4, line],
      [4, 0],
    ]);
    return [
      { kind: 'data', data: structData(rows), text: '' },
      { kind: 'value', value: BigInt(sockets.length) },
    ];
  }

  #exec(step: ExecStep): readonly Word[] {
    const patches = step.argv.map(
      (argument, index): Patch => ({
        offset: 8 * index,
        width: 8,
        source: { kind: 'data', data: stringData(argument) },
      }),
    );
    const vector = structData(new Array<Field>(step.argv.length + 1).fill([8, 0]), patches);
    return [
      step.path,
      { kind: 'data', data: vector, text: '' },
      { kind: 'value', value: BigInt(step.argv.length) },
    ];
  }

  #word(word: Word): bigint {
    switch (word.kind) {
      case 'value':
        return word.value;
      case 'data':
        return BigInt(this.#data.place(word.data));
      case 'slot':
        return BigInt(this.#slot(word.slot));
    }
  }

  #addPatches(data: Data, seen: Set<Data>): void {
    if (seen.has(data)) return;
    seen.add(data);
    for (const { offset, width, source } of data.patches) {
      if (source.kind === 'data') this.#addPatches(source.data, seen);
      const value = source.kind === 'data' ? this.#data.place(source.data) : this.#slot(source.slot);
      this.#patches.push([
        [4, this.#data.place(data) + offset],
        [1, OPERANDS[source.kind]],
        [1, width],
        [2, 0],
        [8, value],
      ]);
    }
  }

  #slot(name: Slot): number {
    const known = this.#slots.get(name) ?? this.#slots.size;
    this.#slots.set(name, known);
    return known;
  }
}

function nanoseconds(ms: number): bigint {
  return BigInt(ms) * 1_000_000n;
}

/** The gate passes zero for a slot that is not stored. */
function withoutTrailingZeros(words: readonly Word[]): readonly Word[] {
  return words.slice(0, words.findLastIndex((word) => word.kind !== 'value' || word.value !== 0n) + 1);
}

/** Every errno has room in one byte. */
function tolerated(call: CallStep | undefined): readonly Field[] {
  const errnos = (call?.tolerate ?? []).map(({ errno }) => errno);
  if (errnos.length > MAX_TOLERATED)
    throw new RangeError(`a step of an image tolerates ${MAX_TOLERATED} errnos, not ${errnos.length}`);
  return [...errnos, ...new Array<number>(MAX_TOLERATED - errnos.length).fill(0)].map((errno) =>
    wholeField(1, errno),
  );
}

function resultOf(expect: Expectation): number {
  const result = expect.kind === 'equal' ? expect.value : BigInt(expect.kind === 'errno' ? expect.errno : 0);
  if (BigInt.asIntN(32, result) !== result)
    throw new RangeError(`a step of an image is expected to return at most 32 bits, not ${result}`);
  return Number(result);
}

function structures(table: readonly (readonly Field[])[]): readonly Uint8Array[] {
  return table.map((fields) => structData(fields).bytes);
}
