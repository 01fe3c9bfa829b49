import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { constantNumber } from '../../../src/kernel/constants.ts';
import type { Data } from '../../../src/plan/data.ts';
import { encodePlan } from '../../../src/plan/image/encode.ts';
import { IMAGE_VERSION, MAX_ENVIRONMENT, MAX_LISTENERS } from '../../../src/plan/image/image-codes.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { CallStep, Operand, Role, ServeStep, Slot, Step } from '../../../src/plan/step.ts';
import {
  DATAGRAMS,
  HIGH_DATAGRAMS,
  HIGH_PORT,
  ORDINARY,
  PRIVILEGED_PORT,
  samplePlan,
} from '../../support/policy.ts';

interface DecodedStep {
  readonly [field: string]: unknown;
  readonly patch_first: string;
  readonly patch_count: string;
  readonly check_first: string;
  readonly check_count: string;
  readonly arguments: readonly (readonly [kind: number, value: string])[];
}

interface DecodedImage {
  readonly [field: string]: unknown;
  readonly data_offset: string;
  readonly steps: readonly DecodedStep[];
  readonly patches: readonly (readonly [target: number, kind: number, width: number, source: string])[];
  readonly checks: readonly (readonly [offset: number, width: number, mask: string, equals: string])[];
}

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'decode-image-'));
  const source = fileURLToPath(new URL('decode-image.c', import.meta.url));
  execFileSync('cc', ['-std=gnu17', '-Wall', '-Werror', '-o', join(directory, 'decode'), source]);
});

afterAll(() => rmSync(directory, { recursive: true }));

function decode(image: Uint8Array): DecodedImage {
  const output = execFileSync(join(directory, 'decode'), { input: image, maxBuffer: 1 << 26 });
  return JSON.parse(output.toString()) as DecodedImage;
}

const ROLE_BITS: Readonly<Record<Role, number>> = { outer: 1, inner: 2, session: 4 };
const VERB_NUMBERS: Readonly<Record<Step['verb'], number>> = {
  call: 0,
  split: 1,
  env: 2,
  serve: 3,
  exec: 4,
  enter: 5,
  queue: 6,
  mark: 7,
  inherit: 8,
};
const EXPECTATION_NUMBERS = { equal: 0, 'not-negative': 1, errno: 2 } as const;
const TEMPLATE_NUMBERS = {
  'peer-address': 1,
  'peer-port': 2,
  'local-address': 3,
  'local-port': 4,
  pid: 5,
  protocol: 6,
  'peer-uid': 7,
  'peer-gid': 8,
  'peer-path': 9,
  'peer-connections': 10,
} as const;
const NO_SLOT = 0xffff;

/** Compares an image with its plan, step by step, and learns where data and slots were placed on the way. */
class Comparison {
  readonly #image: Uint8Array;
  readonly #decoded: DecodedImage;
  readonly #places = new Map<Data, number>();
  readonly #slots = new Map<Slot, number>();

  constructor(image: Uint8Array, decoded: DecodedImage) {
    this.#image = image;
    this.#decoded = decoded;
  }

  step(step: Step, found: DecodedStep): void {
    const call = step.verb === 'call' ? step : undefined;
    expect(found).toMatchObject({
      verb: String(VERB_NUMBERS[step.verb]),
      roles: String(step.roles.reduce((bits, role) => bits | ROLE_BITS[role], 0)),
      nr: String(call?.number ?? 0),
      line: String(step.source?.line ?? 0),
      name: call?.call ?? step.verb,
    });
    const operands = call?.operands ?? (step.verb === 'exec' ? [step.path] : []);
    operands.forEach((operand, index) => {
      this.#operand(operand, found.arguments[index]);
    });
    const data = operands.flatMap((operand) => (operand.kind === 'data' ? [operand.data] : []));
    if (step.verb !== 'exec') this.#patches(data, found);
    if (call !== undefined) this.#call(call, found);
    if (step.verb === 'serve') this.#serve(step, found);
    if (step.verb === 'env')
      expect(found['environment']).toEqual(
        step.variables.map(({ name, value }) =>
          value.kind === 'literal'
            ? [0, `${name}=${value.text}`]
            : [TEMPLATE_NUMBERS[value.template], `${name}=`],
        ),
      );
    if (step.verb === 'queue') expect(found.arguments[0]).toEqual([0, String(step.descriptor)]);
    if (step.verb === 'inherit')
      expect(found['sockets']).toEqual(
        step.sockets.map(({ name, descriptor, line }) => [name, descriptor, line]),
      );
    if (step.verb === 'exec') this.#argv(step.argv, found);
  }

  /** Every slot has its own number, and there is none beside them. */
  finish(): void {
    const numbers = [...this.#slots.values()].sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(this.#decoded['slot_count']).toBe(String(numbers.length));
  }

  #operand(operand: Operand, found: readonly [number, string] | undefined): void {
    switch (operand.kind) {
      case 'value':
        expect(found).toEqual([0, String(operand.value)]);
        return;
      case 'data':
        expect(found?.[0]).toBe(1);
        this.#place(operand.data, Number(found?.[1]));
        return;
      case 'slot':
        expect(found?.[0]).toBe(2);
        this.#slot(operand.slot, Number(found?.[1]));
    }
  }

  #place(data: Data, offset: number): void {
    expect(offset % 8).toBe(0);
    expect(this.#places.get(data) ?? offset).toBe(offset);
    this.#places.set(data, offset);
    const start = Number(this.#decoded.data_offset) + offset;
    expect(this.#image.slice(start, start + data.bytes.length)).toEqual(data.bytes);
  }

  #slot(name: Slot | undefined, found: number): void {
    if (name === undefined) {
      expect(found).toBe(NO_SLOT);
      return;
    }
    expect(this.#slots.get(name) ?? found).toBe(found);
    this.#slots.set(name, found);
  }

  /** Each field that is known only at launch is patched once, what it points at first. */
  #patches(data: readonly Data[], found: DecodedStep): void {
    const first = Number(found.patch_first);
    const patches = this.#decoded.patches.slice(first, first + Number(found.patch_count));
    const wanted = [...new Set(data)].flatMap((one) => one.patches.map((patch) => ({ one, patch })));
    expect(patches).toHaveLength(wanted.length);
    wanted.forEach(({ one, patch }, index) => {
      const [target, kind, width, source] = patches[index] ?? [];
      expect({ target, width }).toEqual({
        target: (this.#places.get(one) ?? Number.NaN) + patch.offset,
        width: patch.width,
      });
      expect(kind).toBe(patch.source.kind === 'data' ? 1 : 2);
      if (patch.source.kind === 'data') this.#place(patch.source.data, Number(source));
      else this.#slot(patch.source.slot, Number(source));
    });
  }

  #call(call: CallStep, found: DecodedStep): void {
    const { expect: wanted } = call;
    expect(found['expect']).toBe(String(EXPECTATION_NUMBERS[wanted.kind]));
    const value =
      wanted.kind === 'equal' ? wanted.value : wanted.kind === 'errno' ? BigInt(wanted.errno) : 0n;
    expect(found['value']).toBe(String(value));
    this.#slot(call.store, Number(found['store']));
    const tolerated = call.tolerate.map(({ errno }) => errno);
    expect(found['tolerate']).toEqual([...tolerated, 0, 0, 0, 0].slice(0, 4));
    expect(tolerated.length).toBeLessThanOrEqual(4);
    for (const kind of found.arguments.slice(call.operands.length)) expect(kind).toEqual([0, '0']);
    const first = Number(found.check_first);
    const checks = this.#decoded.checks.slice(first, first + Number(found.check_count));
    expect(checks).toHaveLength(call.checks.length);
    call.checks.forEach((check, index) => {
      const [offset = 0, width, mask, equals] = checks[index] ?? [];
      this.#place(check.data, offset - check.offset);
      expect({ width, mask, equals }).toEqual({
        width: check.width,
        mask: String(check.mask),
        equals: String(check.equals),
      });
    });
  }

  #serve(step: ServeStep, found: DecodedStep): void {
    const serve = found['serve'] as Readonly<Record<string, string>> & {
      readonly listener_slots: readonly string[];
    };
    expect(serve).toMatchObject({
      handoff: String(['connection', 'listener', 'inherited', 'peer'].indexOf(step.handoff)),
      backlog: String(step.backlog),
      sessions: String(step.sessions),
      per_source: String(step.perSource),
      loopback_exempt: step.loopbackExempt ? '1' : '0',
      time_ms: String(step.timeMs ?? 0),
      end_signal: String(constantNumber(step.endSignal)),
      grace_ms: String(step.graceMs),
      client_gone_ms: String(step.clientGoneMs ?? 0),
      first_byte_ms: String(step.firstByteMs ?? 0),
      idle_ms: String(step.idleMs ?? 0),
      drain_ms: String(step.drainMs),
      local_address: step.localAddress ? '1' : '0',
      exec_asks: step.execAsks ? '1' : '0',
      names_programs: step.namesPrograms ? '1' : '0',
      source_interval_ns: String(step.sourceRate?.intervalNs ?? 0),
      source_burst: String(step.sourceRate?.burst ?? 1),
      total_interval_ns: String(step.totalRate?.intervalNs ?? 0),
      total_burst: String(step.totalRate?.burst ?? 1),
      datagram_interval_ns: String(step.datagrams?.rate.intervalNs ?? 0),
      datagram_burst: String(step.datagrams?.rate.burst ?? 0),
      amplification: String(step.datagrams?.amplification ?? 0),
      refused_ports: (step.datagrams?.refusedPorts ?? []).map(String),
      penalty_least_ns: `${step.penalties?.leastMs ?? 0}000000`.replace(/^0+$/, '0'),
      penalty_most_ns: `${step.penalties?.mostMs ?? 0}000000`.replace(/^0+$/, '0'),
      penalties: (step.penalties?.causes ?? []).map((penalty) => [
        String(['crash', 'filter', 'time', 'status', 'first-byte', 'idle'].indexOf(penalty.cause)),
        penalty.cause === 'status' ? String(penalty.status) : '0',
        `${penalty.ms}000000`,
      ]),
    });
    expect(serve.listener_slots).toHaveLength(step.listeners.length);
    step.listeners.forEach((name, index) => {
      this.#slot(name, Number(serve.listener_slots[index]));
    });
    this.#slot(step.epoll, Number(serve['epoll_slot']));
    this.#slot(step.childSignal, Number(serve['signal_slot']));
    this.#slot(step.connection, Number(serve['connection_slot']));
    this.#slot(step.log, Number(serve['log_slot']));
    this.#slot(step.notify, Number(serve['notify_slot']));
  }

  /** An array of pointers, each patched to its string, and a NULL. */
  #argv(argv: readonly string[], found: DecodedStep): void {
    const [, table, count] = found.arguments;
    expect(table?.[0]).toBe(1);
    expect(count).toEqual([0, String(argv.length)]);
    const first = Number(found.patch_first);
    const start = Number(this.#decoded.data_offset);
    argv.forEach((argument, index) => {
      const [target, kind, width, source] = this.#decoded.patches[first + index] ?? [];
      expect({ target, kind, width }).toEqual({ target: Number(table?.[1]) + 8 * index, kind: 1, width: 8 });
      const text = Buffer.from(this.#image.subarray(start + Number(source))).toString();
      expect(text.slice(0, argument.length + 1)).toBe(`${argument}\0`);
    });
    const end = start + Number(table?.[1]) + 8 * argv.length;
    expect(this.#image.slice(end, end + 8)).toEqual(new Uint8Array(8));
  }
}

const PLANS: Readonly<Record<string, Plan>> = {
  'a service of root': samplePlan(),
  'an argument vector and an environment': samplePlan({
    policy: {
      run: ['/bin/echo', '-n', 'ä b', ''],
      environment: { pass: ['LANG'], set: new Map([['A', 'b=c']]), peer: true },
    },
    caller: { LANG: 'C', HOME: '/root' },
  }),
  'two listeners and writable folders': samplePlan({
    policy: {
      listen: [PRIVILEGED_PORT, HIGH_PORT],
      root: '/srv',
      writable: ['/data', '/tmp'],
      stderr: 'null',
    },
  }),
  'a listener that is handed over': samplePlan({ policy: { handoff: 'listener', listenFds: true } }),
  'peers of datagrams': samplePlan({
    policy: { listen: [DATAGRAMS, HIGH_DATAGRAMS], handoff: 'peer', amplification: 3 },
    servedPorts: [53],
  }),
  'an ordinary user': samplePlan({ policy: { listen: [HIGH_PORT] }, facts: ORDINARY, unprivileged: true }),
  'a wrapped program': samplePlan({ policy: { listen: [] }, shape: 'wrap' }),
  'sockets that are passed': samplePlan({
    policy: {
      listen: [
        { ...PRIVILEGED_PORT, inherit: 'one' },
        { ...HIGH_PORT, inherit: 'the other' },
      ],
    },
    shape: 'standalone',
  }),
  AArch64: samplePlan({ facts: { architecture: 'aarch64' } }),
};

describe.each(Object.entries(PLANS))('the image of %s', (_, plan) => {
  test('says what the plan says', () => {
    const image = encodePlan(plan);
    const decoded = decode(image);
    expect(decoded).toMatchObject({
      magic: 'PORTGATE',
      version: String(IMAGE_VERSION),
      machine: String(AUDIT_ARCH[plan.architecture]),
      size: String(image.length),
      read: String(image.length),
    });
    expect(Number(decoded['data_size']) + Number(decoded.data_offset)).toBe(image.length);
    expect(image.subarray(-8)).toEqual(new Uint8Array(8));
    expect(decoded.steps).toHaveLength(plan.steps.length);
    const comparison = new Comparison(image, decoded);
    plan.steps.forEach((step, index) => {
      const found = decoded.steps[index];
      if (found === undefined) throw new Error(`step ${index} is missing`);
      comparison.step(step, found);
    });
    comparison.finish();
  });

  test('is the same each time', () => {
    expect(encodePlan(plan)).toEqual(encodePlan(plan));
  });
});

describe('refuses, rather than to cut,', () => {
  const plan = samplePlan();
  const change = (parts: Partial<CallStep>): Plan => ({
    ...plan,
    steps: plan.steps.map((step) => (step.verb === 'call' ? { ...step, ...parts } : step)),
  });

  test.each<readonly [what: string, message: string, plan: Plan]>([
    ['the number of a call', 'holds 2 bytes, and the plan needs 65536', change({ number: 0x1_0000 })],
    ['an errno', 'holds 1 bytes, and the plan needs 256', change({ tolerate: [{ errno: 256, name: 'E' }] })],
    [
      'errnos',
      'tolerates 4 errnos, not 5',
      change({ tolerate: [1, 2, 3, 4, 5].map((errno) => ({ errno, name: 'E' })) }),
    ],
    ['a result', 'at most 32 bits, not 2147483648', change({ expect: { kind: 'equal', value: 1n << 31n } })],
  ])('%s', (_, message, large) => {
    expect(() => encodePlan(large)).toThrow(message);
  });

  test('the lowest result there is has room', () => {
    expect(() => encodePlan(change({ expect: { kind: 'equal', value: -(1n << 31n) } }))).not.toThrow();
  });
});

test('both sides have the same version and the same room', () => {
  const header = readFileSync(new URL('../../../gate/image.h', import.meta.url), 'utf8');
  const number = (name: string): number => Number(new RegExp(`#define ${name} (\\d+)u`).exec(header)?.[1]);
  expect(number('IMAGE_VERSION')).toBe(IMAGE_VERSION);
  expect(number('IMAGE_MAX_LISTENERS')).toBe(MAX_LISTENERS);
  expect(number('IMAGE_MAX_ENVIRONMENT')).toBe(MAX_ENVIRONMENT);
});
