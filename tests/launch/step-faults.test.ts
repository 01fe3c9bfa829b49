import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadService } from '../../src/cli/launch/load-service.ts';
import { memoryFile } from '../../src/cli/launch/memory-file.ts';
import { ORDERS } from '../../src/gate-protocol/descriptors.ts';
import { type GateEvent, parseGateEvent } from '../../src/gate-protocol/gate-event.ts';
import { abandonGate, CONFINED, startGate } from '../../src/gate-protocol/start-gate.ts';
import { readHostFacts } from '../../src/host/facts.ts';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { pipe2 } from '../../src/host/libc.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { encodePlan } from '../../src/plan/image/encode.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { CallStep, Phase, Role } from '../../src/plan/step.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { ask, buildProbes, writeProbePolicy } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';

const GATE = new URL(`../../dist/gate-${hostArchitecture()}`, import.meta.url).pathname;
const ENOENT = 2;
const EBADF = 9;
const O_CLOEXEC = 0o2000000;

let folder: TestFolder;
let gate: string;
let port: number;
let plan: Plan;
let executions = 0;

beforeAll(() => {
  folder = new TestFolder();
  const program = buildProbes(folder);
  const root = join(folder.path, 'root');
  mkdirSync(join(root, 'data'), { recursive: true });
  copyFileSync(program, join(root, 'probe'));
  // A copy: its processes are told from those of other tests.
  gate = join(folder.path, 'gate');
  copyFileSync(GATE, gate);
  const lines = [`root: ${root}`, 'writable: [/data]', 'groups: [61310]', 'umask: "0027"'];
  const policy = writeProbePolicy(folder, program, { run: '/probe', lines });
  port = policy.port;
  const loaded = loadService(
    { kind: 'file', file: policy.file },
    {
      facts: readHostFacts(),
      unprivileged: false,
      trusted: true,
      caller: {},
    },
  );
  if (loaded.plan === undefined) throw new Error(JSON.stringify(loaded.diagnostics));
  plan = loaded.plan;
});
afterAll(() => {
  folder[Symbol.dispose]();
});

/** One step that fails for one of the processes that execute it. */
interface Fault {
  readonly index: number;
  readonly role: Role;
  readonly step: CallStep;
}

function faultsOf(...phases: readonly Phase[]): readonly Fault[] {
  return plan.steps.flatMap((step, index) =>
    step.verb === 'call' && phases.includes(step.phase)
      ? step.roles.map((role): Fault => ({ index, role, step }))
      : [],
  );
}

/** The plan with a call in the step's place that no process may hope to succeed with: close(-1). */
function withFault({ index, role, step }: Fault): Plan {
  const broken: CallStep = {
    ...step,
    roles: [role],
    number: syscallNumber('close', plan.architecture) ?? -1,
    operands: [{ kind: 'value', value: 0xffff_ffff_ffff_ffffn, text: '-1' }],
    store: undefined,
    checks: [],
  };
  const others = { ...step, roles: step.roles.filter((each) => each !== role) };
  const replaced = others.roles.length === 0 ? [broken] : [broken, others];
  return { ...plan, steps: plan.steps.toSpliced(index, 1, ...replaced) };
}

/** What the event of this fault must say; `line` 0 is a default, which stands in no line. */
function failureOf({ index, step }: Fault): object {
  return { event: 'failed', step: index, call: step.call, line: step.source?.line ?? 0, result: -EBADF };
}

interface Outcome {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly events: readonly (GateEvent | undefined)[];
}

/** Executes a plan, again as long as the inner gate of the one before, on its way out, still holds the port. */
function execute(broken: Plan): Outcome {
  for (let attempt = 0; ; attempt++) {
    const outcome = executeOnce(broken);
    const [event] = outcome.events;
    const taken =
      event?.event === 'failed' && event.call === 'bind' && event.result === -constants.errno.EADDRINUSE;
    if (!taken || attempt === 100) return outcome;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

/** Lets a gate execute a plan to its end, which is when it would wait for orders: nobody gives any. */
function executeOnce(broken: Plan): Outcome {
  // Files of its own: an inner gate may still be on its way out when the outer one has failed.
  executions += 1;
  const image = folder.write(`image-${executions}`, '');
  const events = folder.write(`events-${executions}`, '');
  writeFileSync(image, encodePlan(broken));
  const [control, orders] = pipe2(O_CLOEXEC);
  const open = [openSync(events, 'a'), control, openSync('/dev/null', 'w'), openSync(image, 'r')];
  closeSync(orders);
  const { status } = spawnSync(gate, {
    stdio: ['ignore', 'ignore', 'ignore', ...open],
    timeout: PATIENCE_MS,
  });
  for (const descriptor of open) closeSync(descriptor);
  const lines = readFileSync(events, 'utf8').trimEnd().split('\n');
  const written = lines.filter((line) => line !== '');
  return { status, lines: written, events: written.map(parseGateEvent) };
}

describe('a step that fails when the service starts', () => {
  test('without a fault the plan ends in a gate that waits for the order to go', () => {
    expect(execute(plan)).toEqual({ status: 0, lines: [CONFINED], events: [undefined] });
  });

  test.each(['prepare', 'confine'] as const)('%s: each of its steps ends the launch', async (phase) => {
    const faults = faultsOf(phase);
    expect(faults.length).toBeGreaterThan(50);
    for (const fault of faults) {
      const { status, events } = execute(withFault(fault));
      const what = `step ${fault.index} (${fault.step.call}, ${fault.role})`;
      expect(events, what).toEqual([failureOf(fault)]);
      expect(status, what).toBe(125);
    }
    await expect.poll(() => processesOf(gate)).toEqual([]);
  });
});

/** Reads events until this one; blocks, as the gate goes on by itself. */
function readUntil(descriptor: number, name: string): readonly GateEvent[] {
  const events: GateEvent[] = [];
  const bytes = Buffer.alloc(65_536);
  let rest = '';
  while (!events.some(({ event }) => event === name)) {
    const size = readSync(descriptor, bytes);
    if (size === 0) break;
    const lines = (rest + bytes.toString('utf8', 0, size)).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.flatMap((line) => parseGateEvent(line) ?? []));
  }
  return events;
}

describe('a step that fails in a session', () => {
  const source = { pipe: () => pipe2(O_CLOEXEC), memoryFile };

  /** One client, and what the gate says about its session. */
  async function serveOnce(
    broken: Plan,
  ): Promise<{ readonly answer: string; readonly events: readonly GateEvent[] }> {
    const start = startGate(gate, 'faults', encodePlan(broken), source);
    if (start.kind === 'failed') throw new Error(JSON.stringify(start.event));
    try {
      writeSync(start.gate.control, ORDERS.go);
      const { text } = await ask(port, 'show-directory');
      return { answer: text, events: readUntil(start.gate.events, 'end') };
    } finally {
      abandonGate(start.gate);
      await expect.poll(() => processesOf(gate)).toEqual([]);
    }
  }

  test('without a fault the service answers', async () => {
    expect((await serveOnce(plan)).answer).toBe('/');
  });

  test('each of its steps ends the session; the program never runs', async () => {
    const faults = faultsOf('session');
    expect(faults.length).toBeGreaterThan(10);
    for (const fault of faults) {
      const { answer, events } = await serveOnce(withFault(fault));
      const what = `step ${fault.index} (${fault.step.call})`;
      expect(answer, what).toBe('');
      expect(events, what).toMatchObject([
        { event: 'ready' },
        { event: 'start', session: 1 },
        { ...failureOf(fault), session: 1 },
        { event: 'end', session: 1, status: 125 },
      ]);
    }
  });

  test('a program that is gone ends the session', async () => {
    const exec = plan.steps.findLast((step) => step.verb === 'exec');
    if (exec === undefined) throw new Error('a plan ends with exec');
    renameSync(join(folder.path, 'root/probe'), join(folder.path, 'root/gone'));
    const { answer, events } = await serveOnce(plan);
    renameSync(join(folder.path, 'root/gone'), join(folder.path, 'root/probe'));
    expect(answer).toBe('');
    expect(events).toMatchObject([
      { event: 'ready' },
      { event: 'start' },
      { event: 'failed', step: plan.steps.length - 1, line: exec.source?.line, result: -ENOENT },
      { event: 'end', status: 125 },
    ]);
  });
});
