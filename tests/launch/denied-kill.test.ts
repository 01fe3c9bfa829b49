import { copyFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadService } from '../../src/cli/launch/load-service.ts';
import { memoryFile } from '../../src/cli/launch/memory-file.ts';
import { ORDERS } from '../../src/gate-protocol/descriptors.ts';
import { type GateEvent, GateLines } from '../../src/gate-protocol/gate-event.ts';
import { abandonGate, startGate } from '../../src/gate-protocol/start-gate.ts';
import { readHostFacts } from '../../src/host/facts.ts';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { pipe2 } from '../../src/host/libc.ts';
import { capabilitySet } from '../../src/kernel/capabilities.ts';
import { errnoOf } from '../../src/kernel/errno.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import type { HostFacts } from '../../src/plan/facts.ts';
import { encodePlan } from '../../src/plan/image/encode.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Step } from '../../src/plan/step.ts';
import { ask, buildProbes, OWN_GROUPS, writeProbePolicy } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const GATE = new URL(`../../dist/gate-${hostArchitecture()}`, import.meta.url).pathname;
const O_CLOEXEC = 0o2000000;
const OTHER_UID = freeUser();

let folder: TestFolder;
let program: string;
let gate: string;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
  gate = join(folder.path, 'gate');
  copyFileSync(GATE, gate);
});
afterAll(() => {
  folder[Symbol.dispose]();
});

function planOf(facts: HostFacts, lines: readonly string[]): { readonly plan: Plan; readonly port: number } {
  const { file, port } = writeProbePolicy(folder, program, { lines, rules: [...OWN_GROUPS, 'setresuid'] });
  const source = { kind: 'file', file } as const;
  const { plan, diagnostics } = loadService(source, {
    facts,
    unprivileged: false,
    trusted: true,
    caller: {},
  });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return { plan, port };
}

/** What the compiler never makes: sessions that may change their user, and denied calls that ask the gate. */
function mistakenPlan(facts: HostFacts): { readonly plan: Plan; readonly port: number } {
  const { plan: asking } = planOf(facts, []);
  const { plan, port } = planOf(facts, ['capabilities: [setuid]']);
  const isFilter = (step: Step): boolean =>
    step.verb === 'call' && step.call === 'seccomp' && step.roles.join() === 'inner';
  const [filter, serve] = [asking.steps.find(isFilter), asking.steps.find(({ verb }) => verb === 'serve')];
  const second = asking.steps.filter(
    ({ verb, phase, ...step }) => phase === 'session' && 'call' in step && step.call === 'seccomp',
  );
  const steps = plan.steps.flatMap((step) => {
    if (isFilter(step)) return filter ?? [];
    if (step.verb === 'serve') return serve ?? [];
    if (step.verb === 'call' && step.call === 'seccomp' && step.phase === 'session') return second;
    return step;
  });
  return { plan: { ...plan, steps }, port };
}

/** Reads until the end of the pipe: all processes of the gate are gone then. */
function readToEnd(descriptor: number): readonly GateEvent[] {
  const lines = new GateLines();
  const events: GateEvent[] = [];
  const bytes = Buffer.alloc(65_536);
  for (let size = readSync(descriptor, bytes); size > 0; size = readSync(descriptor, bytes))
    events.push(...lines.push(bytes.subarray(0, size)));
  return events;
}

describe('a process that the gate may not kill', () => {
  const host = readHostFacts();
  test.each([
    ['with one filter', host],
    ['where an exec asks too', { ...host, permitted: host.permitted & ~capabilitySet(['CAP_SYS_RAWIO']) }],
  ])('makes no denied call, and everything ends: %s', async (_, facts) => {
    const { plan, port } = mistakenPlan(facts);
    const start = startGate(gate, 'mistaken', encodePlan(plan), { pipe: () => pipe2(O_CLOEXEC), memoryFile });
    if (start.kind === 'failed') throw new Error(JSON.stringify(start.event));
    writeSync(start.gate.control, ORDERS.go);
    const { text } = await ask(port, `denied-as-another-user ${OTHER_UID}`);
    const events = readToEnd(start.gate.events);
    abandonGate(start.gate);
    expect(text).toBe('');
    expect(events).toMatchObject([
      { event: 'ready' },
      { event: 'start', session: 1, pid: 2 },
      {
        event: 'kill-failed',
        pid: 2,
        call: syscallNumber('msgget', hostArchitecture()),
        errno: errnoOf('EPERM'),
      },
    ]);
    await expect.poll(() => [...processesOf(gate), ...processesOf(program)]).toEqual([]);
  });
});
