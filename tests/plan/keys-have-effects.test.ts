import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadService } from '../../src/cli/launch/load-service.ts';
import type { HostFacts } from '../../src/plan/facts.ts';
import { planToJson } from '../../src/plan/print.ts';
import { jsonSchema } from '../../src/policy/json-schema.ts';
import { keyAt } from '../../src/policy/known-keys.ts';
import { isMapping } from '../../src/policy/mapping.ts';
import { sampleFacts } from '../support/policy.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** Two policies that differ in one key: its value in each, and what both have beside the common keys. */
interface Pair {
  /** Absent: the key is left out. */
  readonly one?: unknown;
  /** Absent: the example of the reference. */
  readonly other?: unknown;
  readonly beside?: Mapping;
  readonly facts?: Partial<HostFacts>;
  /** The effect is an answer of `check`: the plan need not change, or there is none. */
  readonly seenIn?: 'check';
}

/** A key that changes nothing, with the reason. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  description: 'it is for people who read the policy',
};

/** Keys whose example needs something beside it, or an account and a path that every host has. */
/** A port whose options can be written beside it. */
const PORT: Mapping = { listen: { address: 'tcp4://127.0.0.1:10007' } };

const PEERS: Mapping = { listen: 'udp4://127.0.0.1:10007', handoff: 'peer' };

const PAIRS: Readonly<Record<string, Pair>> = {
  portcullis: { one: 1, other: 2, seenIn: 'check' },
  'listen.address': { one: 'tcp4://127.0.0.1:10007', other: 'unix:@sample' },
  'listen.owner': { other: 'daemon', beside: { listen: { address: 'unix:/run/sample' } } },
  'listen.group': { other: 'daemon', beside: { listen: { address: 'unix:/run/sample' } } },
  'listen.mode': { other: '0660', beside: { listen: { address: 'unix:/run/sample' } } },
  'listen.device': { other: 'lo', beside: PORT },
  'listen.backlog': { other: 7, beside: PORT },
  'listen.keepalive.idle': { other: '60s', beside: PORT },
  'listen.keepalive.interval': { other: '10s', beside: PORT },
  'listen.keepalive.count': { other: 3, beside: PORT },
  'listen.nodelay': { other: true, beside: PORT },
  'listen.defer-accept': { other: '5s', beside: PORT },
  'listen.receive-buffer': { other: '64KiB', beside: PORT },
  'listen.send-buffer': { other: '64KiB', beside: PORT },
  'listen.inherit': { other: 'sample', beside: PORT },
  'listen.receive-descriptors': { other: true, beside: { listen: { address: 'unix:@sample' } } },
  deny: { beside: { allow: ['192.0.2.0/24'] } },
  run: { one: ['/bin/cat'], other: ['/bin/cat', '-u'] },
  amplification: { beside: PEERS },
  'limits.datagrams': { beside: PEERS },
  'listen-fds': { beside: { handoff: 'listener' } },
  user: { one: 'nobody', other: 'daemon' },
  group: { other: 'daemon' },
  reason: { beside: { user: 'root' }, seenIn: 'check' },
  accept: { beside: { capabilities: ['sys_admin'] }, other: { CAP_SYS_ADMIN: 'it mounts' }, seenIn: 'check' },
  directory: { other: '/tmp' },
  processes: { beside: { reason: 'it reports them' } },
  // It has a bin with cat, and the loader.
  root: { other: '/usr' },
  writable: { other: ['/tmp'] },
  'write-and-run': { other: ['/tmp'] },
  landlock: { facts: { landlockAbi: 0 }, seenIn: 'check' },
  'seccomp.groups': {
    one: { '@mine': ['read'] },
    other: { '@mine': ['read', 'getpid'] },
    beside: { seccomp: { rules: ['@start', '@mine'] } },
  },
  'limits.burst': { other: 7, beside: { limits: { rate: '10/s' } } },
  'limits.total-burst': { other: 7, beside: { limits: { 'total-rate': '10/s' } } },
  // Compared with a call that few programs make, so that the tree is another.
  'seccomp.weights': { other: { getpid: 1_000_000 } },
};

/** The launcher's environment: one variable is the example of `environment.pass`, another is nobody's. */
const CALLER = { TZ: 'UTC', FOREIGN: 'of the launcher alone', PATH: '/of/the/launcher' };

const COMMON: Mapping = {
  portcullis: 1,
  service: 'sample',
  listen: 'tcp4://127.0.0.1:10007',
  run: ['/bin/cat'],
  user: 'nobody',
  seccomp: { rules: ['@start', '@stdio'] },
};

/** The paths of all keys, however deep: `rlimits.cpu.soft`. */
function keysOf(schema: unknown, above = ''): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap((part) => keysOf(part, above));
  if (!isMapping(schema)) return [];
  return Object.entries(schema).flatMap(([word, part]) => {
    if (word !== 'properties' || !isMapping(part)) return keysOf(part, above);
    return Object.entries(part).flatMap(([name, key]) => {
      const path = above === '' ? name : `${above}.${name}`;
      return [path, ...keysOf(key, path)];
    });
  });
}

const KEYS = [...new Set(keysOf(jsonSchema()))];
const LEAVES = KEYS.filter((key) => !KEYS.some((below) => below.startsWith(`${key}.`)));

/** Both limits of one resource are keys; the example is one for both. */
function ofBoth(key: string): Pair | undefined {
  const [, resource, which] = /^(rlimits\.\w+)\.(soft|hard)$/.exec(key) ?? [];
  if (resource === undefined || which === undefined) return undefined;
  const numbers = { soft: [4, 5], hard: [6, 7] }[which] ?? [];
  const unit = { 'rlimits.cpu': 's', 'rlimits.rttime': 'us' }[resource] ?? '';
  const [one, other] = numbers.map((number) => (unit === '' ? number : `${number}${unit}`));
  const rest =
    which === 'soft' ? { hard: unit === '' ? 7 : `7${unit}` } : { soft: unit === '' ? 4 : `4${unit}` };
  return { one, other, beside: nested(resource, rest) };
}

function nested(path: string, value: unknown): Mapping {
  const [first = '', ...inner] = path.split('.');
  return { [first]: inner.reduceRight<unknown>((below, name) => ({ [name]: below }), value) };
}

function merged(left: Mapping, right: Mapping): Mapping {
  const both = Object.entries(right).map(([key, value]) => {
    const old = left[key];
    return [key, isMapping(old) && isMapping(value) ? merged(old, value) : value];
  });
  return { ...left, ...Object.fromEntries(both) };
}

function without(policy: Mapping, path: string): Mapping {
  const [first = '', ...inner] = path.split('.');
  const { [first]: value, ...rest } = policy;
  return inner.length === 0 || !isMapping(value)
    ? rest
    : { ...rest, [first]: without(value, inner.join('.')) };
}

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  /** The steps of the launch, without the lines of the policy that ask for them. */
  readonly launch: unknown;
  readonly said: readonly string[];
  readonly isRefused: boolean;
}

/** Reads a policy, looks up its names on this host and compiles it, as `check` and `run` do. */
function outcomeOf(policy: Mapping, parts: Partial<HostFacts>): Outcome {
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, stringify(policy));
  const { plan, diagnostics } = loadService(
    { kind: 'file', file },
    {
      facts: sampleFacts(parts),
      unprivileged: false,
      trusted: false,
      caller: CALLER,
      requireListen: false,
    },
  );
  const said = diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
  return { launch: plan && launchOf(planToJson(plan)), said, isRefused: plan === undefined };
}

/** The steps, and the name under which they are logged. */
function launchOf(plan: object): unknown {
  const { service, steps } = plan as { readonly service: string; readonly steps: readonly Mapping[] };
  return { service, steps: steps.map(({ why: _why, source: _source, ...rest }) => rest) };
}

describe('a key of a policy has an effect', () => {
  test('the keys are those of the schema', () => {
    expect(LEAVES).toContain('limits.per-source');
    expect(LEAVES).toContain('rlimits.nofile.soft');
    expect(LEAVES.length).toBeGreaterThan(50);
    const known = [...Object.keys(WITHOUT_EFFECT), ...Object.keys(PAIRS)];
    expect(known.filter((key) => !LEAVES.includes(key))).toEqual([]);
  });

  test.each(LEAVES.filter((key) => WITHOUT_EFFECT[key] === undefined))('%s', (key) => {
    const pair: Pair = { ...ofBoth(key), ...PAIRS[key] };
    const example = pair.other ?? keyAt(key)?.example;
    expect(example, `src/policy/keys has no example of ${key}`).toBeDefined();
    const base = merged(without(COMMON, key), pair.beside ?? {});
    const [one, other] = [pair.one ?? COMMON[key], example].map((value) =>
      outcomeOf(value === undefined ? base : merged(base, nested(key, value)), pair.facts ?? {}),
    );
    if (pair.seenIn === 'check') expect(one?.said).not.toEqual(other?.said);
    else {
      expect([one, other].map((outcome) => outcome?.isRefused && outcome.said)).toEqual([false, false]);
      expect(one?.launch).not.toEqual(other?.launch);
    }
  });
});

test.each(Object.entries(CALLER))(
  '%s of the caller reaches a plan where a policy passes it on',
  (name, text) => {
    const [none, others, passing] = [[], Object.keys(CALLER).filter((other) => other !== name), [name]].map(
      (pass) => JSON.stringify(outcomeOf({ ...COMMON, environment: { pass } }, {}).launch),
    );
    expect(none).not.toContain(text);
    expect(others).not.toContain(text);
    expect(passing).toContain(text);
  },
);

test('a directory of `writable` is mounted without programs, and one of `write-and-run` with them', () => {
  const [written, run] = ['writable', 'write-and-run'].map((key) =>
    JSON.stringify(outcomeOf({ ...COMMON, [key]: ['/tmp'] }, {}).launch),
  );
  expect(written).toContain('set MOUNT_ATTR_NOEXEC|');
  expect(run).toContain('set MOUNT_ATTR_NOSUID|');
  expect(run).not.toContain('set MOUNT_ATTR_NOEXEC');
});

test.each(Object.keys(WITHOUT_EFFECT))('%s changes nothing', (key) => {
  const [one, other] = [COMMON, merged(COMMON, nested(key, keyAt(key)?.example))].map((policy) =>
    outcomeOf(policy, {}),
  );
  expect(one?.isRefused).toBe(false);
  expect(one).toEqual(other);
});
