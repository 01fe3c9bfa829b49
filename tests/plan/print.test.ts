import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { planToJson, printPlan, stepText } from '../../src/plan/print.ts';
import { samplePlan } from '../support/policy.ts';
import { numberOf } from './support/edit-plan.ts';

const plan = samplePlan();

/** One step of each kind, and a run of repeated calls. */
function shortPlan(): Plan {
  const kept = [
    'capset(caller, effective {CAP_NET_BIND_SERVICE})',
    'socket(',
    'bind(',
    'split',
    'keyctl(',
    'prctl(PR_CAPBSET_DROP, 0,',
    'prctl(PR_CAPBSET_DROP, 1,',
    'prctl(PR_CAPBSET_DROP, 2,',
    'prctl(PR_CAPBSET_DROP, 3,',
    'setresuid(0',
    'getresuid(',
    'close_range(5',
    'serve',
    'env',
    'dup3(connection, 0',
    'exec',
  ].map((beginning) => numberOf(plan, beginning));
  return { ...plan, architecture: 'x86_64', steps: plan.steps.filter((_, index) => kept.includes(index)) };
}

test('nothing in a policy adds a line to its plan or steers the terminal', () => {
  const hostile = 'x\n   0  a step\u001b[2J\u0085\u009b31m\u2028\u202e';
  const honest = samplePlan({ policy: { accept: new Map([['kill', 'x']]), writable: ['/x'] } });
  const text = printPlan(
    {
      ...samplePlan({
        policy: { accept: new Map([['kill', hostile]]), writable: [`/${hostile}`], run: ['/bin/x', hostile] },
      }),
      file: hostile,
    },
    { files: true },
  );
  expect(text.split('\n')).toHaveLength(printPlan(honest).split('\n').length);
  expect(text).toContain('accepts kill: x\\u{a}   0  a step\\u{1b}[2J\\u{85}\\u{9b}31m\\u{2028}\\u{202e}\n');
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});

test('a plan reads as three phases, with reasons and lines of the policy', () => {
  expect(printPlan(shortPlan())).toBe(`sample: 16 steps, compiled from sample.yaml for x86_64

prepare: once, with the caller's privilege
   0  capset(caller, effective {CAP_NET_BIND_SERVICE}) = 0
        (outer gate) all that the sockets need [line 2]
   1  socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_TCP) >= 0 -> listener.0
        (outer gate) a socket for tcp://[::]:7 [line 2]
   2  bind(listener.0, tcp://[::]:7, 28) = 0
        (outer gate) the port, with CAP_NET_BIND_SERVICE at most [line 2]
   3  split
        (outer gate) the gate that accepts, first process of the service's pid namespace

confine: once, in the processes that stay
   4  keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) >= 0 or -ENOSYS
        an empty session keyring, not the caller's
   5  prctl(PR_CAPBSET_DROP, 0, 0, 0, 0) = 0 or -EINVAL … prctl(PR_CAPBSET_DROP, 3, 0, 0, 0) = 0 or -EINVAL (4 steps)
        no exec can bring it back
   9  setresuid(0, 0, 0) = -EPERM
        root cannot be regained
  10  getresuid(real, effective, saved) = 0 and finds 65534 65534 65534
        read back [line 3]
  11  close_range(5, the last, 0) = 0
        (outer gate) its events, and the pipe whose end stops the inner gate
  12  serve listener.0: handoff connection, 64 sessions, 16 a source but loopback, at most 60000 ms each, SIGTERM, grace 2000 ms, drain 3000 ms
        (inner gate) accept, fork, reap; each connection runs what follows

session: each connection, in its own process
  13  env PATH="/usr/local/bin:/usr/bin:/bin" PROTO="TCP" TCPREMOTEIP={peer-address} TCPREMOTEPORT={peer-port} TCPLOCALIP={local-address} TCPLOCALPORT={local-port} REMOTE_ADDR={peer-address} REMOTE_PORT={peer-port}
        the environment: nothing is inherited
  14  dup3(connection, 0, 0) = 0
        the socket is standard input
  15  exec page 0: "/bin/cat" argv ["/bin/cat"]
        the service; no other program after it
`);
});

test('a plan without sessions has no third phase', () => {
  const steps = shortPlan().steps.filter(({ phase }) => phase === 'prepare');
  expect(printPlan({ ...plan, steps })).not.toContain('session:');
});

test('every step is printed, alone or in a run that says how many it stands for', () => {
  const lines = printPlan(plan).split('\n');
  const numbers = lines.flatMap((line) => /^ *(\d+) {2}/.exec(line)?.[1] ?? []).map(Number);
  const counts = lines
    .filter((line) => /^ *\d+ {2}/.test(line))
    .map((line) => Number(/\((\d+) steps\)$/.exec(line)?.[1] ?? 1));
  const next = numbers.map((number, index) => number + (counts[index] ?? 0));
  expect(numbers).toEqual([0, ...next.slice(0, -1)]);
  expect(next.at(-1)).toBe(plan.steps.length);
});

test.each([
  ['setresuid(0', 'setresuid(0, 0, 0) = -EPERM'],
  ['getresuid(', 'getresuid(real, effective, saved) = 0 and finds 65534 65534 65534'],
  ['prctl(PR_CAPBSET_DROP, 63', 'prctl(PR_CAPBSET_DROP, 63, 0, 0, 0) = 0 or -EINVAL'],
  ['socket(', 'socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_TCP) >= 0 -> listener.0'],
  ['bind(', 'bind(listener.0, tcp://[::]:7, 28) = 0'],
  ['prctl(PR_SET_PDEATHSIG', 'prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) = 0'],
  ['exec', 'exec page 0: "/bin/cat" argv ["/bin/cat"]'],
])('the step %s', (beginning, text) => {
  const step = plan.steps[numberOf(plan, beginning)];
  expect(step && stepText(step)).toBe(text);
});

interface JsonStep {
  readonly [field: string]: unknown;
  readonly verb: string;
}

describe('as data', () => {
  const json = JSON.parse(JSON.stringify(planToJson(plan))) as Readonly<Record<string, unknown>> & {
    readonly steps: readonly JsonStep[];
  };

  test('nothing is lost on the way through JSON', () => {
    expect(json).toEqual(planToJson(plan));
    expect(json).toMatchObject({ service: 'sample', file: 'sample.yaml', shape: 'serve' });
    expect(json.steps).toHaveLength(plan.steps.length);
  });

  test('each step has its number, phase, roles, text, reason and line', () => {
    plan.steps.forEach((step, index) => {
      expect(json.steps[index]).toMatchObject({
        step: index,
        phase: step.phase,
        roles: step.roles,
        verb: step.verb,
        text: stepText(step),
        why: step.why,
        source: step.source ?? null,
      });
    });
  });

  test('a call has every argument, its bytes, what is expected and what is read back', () => {
    expect(json.steps[numberOf(plan, 'bind(')]).toMatchObject({
      call: 'bind',
      arguments: [
        { slot: 'listener.0' },
        { bytes: `0a000007${'00'.repeat(24)}`, text: 'tcp://[::]:7' },
        { value: '28', text: '28' },
      ],
      expect: { kind: 'equal', value: '0' },
      tolerate: [],
      store: null,
    });
    const check = (argument: number): object => ({
      argument,
      offset: 0,
      width: 4,
      mask: '4294967295',
      equals: '65534',
    });
    expect(json.steps[numberOf(plan, 'getresuid(')]).toMatchObject({
      checks: [check(0), check(1), check(2)],
    });
    expect(json.steps[numberOf(plan, 'setresuid(0')]).toMatchObject({
      expect: { kind: 'errno', name: 'EPERM', errno: 1 },
    });
    for (const [index, step] of plan.steps.entries()) {
      if (step.verb === 'call')
        expect(json.steps[index]).toMatchObject({
          arguments: { length: step.operands.length },
          number: step.number,
        });
    }
  });

  test('a filter is there with its instructions', () => {
    const filter = plan.steps[numberOf(plan, 'seccomp(')];
    const operand = filter?.verb === 'call' ? filter.operands[2] : undefined;
    const source = operand?.kind === 'data' ? operand.data.patches[0]?.source : undefined;
    const program = source?.kind === 'data' ? Buffer.from(source.data.bytes).toString('hex') : '';
    expect(program.length / 16).toBeGreaterThan(5);
    expect(json.steps[numberOf(plan, 'seccomp(')]).toMatchObject({
      arguments: [{}, {}, { patches: [{ offset: 8, width: 8, data: { bytes: program } }] }],
    });
    expect(json.steps[numberOf(plan, 'landlock_add_rule(')]).toMatchObject({
      arguments: [{ slot: 'ruleset' }, {}, { patches: [{ offset: 8, width: 4, slot: 'null-device' }] }, {}],
    });
  });

  test('who starts it, and what the service is granted and given', () => {
    const granting = planToJson(samplePlan({ policy: { capabilities: ['CAP_NET_RAW'] } }));
    expect(granting).toMatchObject({
      launcher: { uid: 0, gid: 0, permitted: { length: 41 }, unprivilegedPortStart: 1024 },
      grants: { root: false, capabilities: ['CAP_NET_RAW'] },
      descriptors: [0, 1, 2],
    });
  });

  test('no field of a step is left out', () => {
    for (const shape of ['serve', 'standalone', 'wrap'] as const) {
      const { steps } = samplePlan({ shape, policy: shape === 'wrap' ? { listen: [] } : {} });
      const whole = planToJson({ ...plan, steps }) as { readonly steps: readonly object[] };
      steps.forEach((step, index) => {
        const renamed = Object.keys(step).map((field) => (field === 'operands' ? 'arguments' : field));
        expect(Object.keys(whole.steps[index] ?? {})).toEqual(expect.arrayContaining(renamed));
      });
    }
    expect(Object.keys(planToJson(plan))).toEqual(
      expect.arrayContaining(Object.keys(plan).filter((field) => field !== 'contract')),
    );
  });

  test('the other verbs have what they are given', () => {
    expect(json.steps[numberOf(plan, 'split')]).toMatchObject({ verb: 'split', outer: 'wait' });
    const standalone = samplePlan({ shape: 'standalone' });
    expect(planToJson(standalone)).toMatchObject({
      steps: expect.arrayContaining([expect.objectContaining({ verb: 'split', outer: 'supervise' })]),
    });
    expect(json.steps[numberOf(plan, 'enter')]).toMatchObject({ verb: 'enter', address: 4080 });
    const { listeners, sessions, timeMs } = { listeners: ['listener.0'], sessions: 64, timeMs: 60_000 };
    expect(json.steps[numberOf(plan, 'serve')]).toMatchObject({ listeners, sessions, timeMs, drainMs: 3000 });
    expect(json.steps[numberOf(plan, 'exec')]).toMatchObject({
      argv: ['/bin/cat'],
      path: 'page 0: "/bin/cat"',
      argument: { value: '16' },
    });
    const variables = json.steps[numberOf(plan, 'env')]?.['variables'];
    expect(variables).toContainEqual({
      name: 'REMOTE_ADDR',
      value: { kind: 'template', template: 'peer-address' },
    });
  });
});
