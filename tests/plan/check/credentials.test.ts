import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Credentials } from '../../../src/plan/check/credentials.ts';

interface Operation {
  readonly name:
    | 'capset'
    | 'setresuid'
    | 'setresgid'
    | 'setgroups'
    | 'keepcaps'
    | 'drop'
    | 'securebits'
    | 'raise'
    | 'clear';
  readonly values: readonly [bigint, bigint, bigint];
}

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'credentials-'));
  const source = fileURLToPath(new URL('credentials.c', import.meta.url));
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', join(directory, 'credentials'), source]);
});

afterAll(() => rmSync(directory, { recursive: true }));

/** The capabilities that the rules themselves ask for, and two that stand for all others. */
const INTERESTING = [6, 7, 8, 0, 40] as const;
const ALL = (1n << 41n) - 1n;

const capability = fc.constantFrom(...INTERESTING).map(BigInt);
const some = fc
  .subarray([...INTERESTING])
  .map((bits) => bits.reduce((set, bit) => set | (1n << BigInt(bit)), 0n));
const most = some.map((set) => ALL & ~set);
const set = fc.oneof(
  { weight: 3, arbitrary: most },
  { weight: 1, arbitrary: some },
  { weight: 2, arbitrary: fc.constant(ALL) },
);
const id = fc.constantFrom(0n, 0n, 1000n, 65_534n);
const ids = fc.oneof(
  fc.tuple(id, id, id),
  id.map((one): [bigint, bigint, bigint] => [one, one, one]),
);
/** Permitted sets shrink for good: sequences with effective inside permitted go further before all is lost. */
const sets = fc
  .tuple(set, set, set, fc.boolean())
  .map(([effective, permitted, inheritable, nested]): [bigint, bigint, bigint] => [
    nested ? effective & permitted : effective,
    permitted,
    inheritable,
  ]);

function operation(name: Operation['name'], first: fc.Arbitrary<bigint>): fc.Arbitrary<Operation> {
  return first.map((value) => ({ name, values: [value, 0n, 0n] }));
}

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: sets.map((values): Operation => ({ name: 'capset', values })) },
  { weight: 3, arbitrary: ids.map((values): Operation => ({ name: 'setresuid', values })) },
  { weight: 1, arbitrary: ids.map((values): Operation => ({ name: 'setresgid', values })) },
  { weight: 1, arbitrary: operation('setgroups', fc.constant(0n)) },
  { weight: 2, arbitrary: operation('keepcaps', fc.constantFrom(0n, 1n)) },
  { weight: 2, arbitrary: operation('drop', capability) },
  { weight: 2, arbitrary: operation('securebits', fc.nat(255).map(BigInt)) },
  { weight: 1, arbitrary: operation('securebits', fc.constantFrom(0n, 4n, 16n, 239n)) },
  { weight: 2, arbitrary: operation('raise', capability) },
  { weight: 1, arbitrary: operation('clear', fc.constant(0n)) },
);

function applyTo(model: Credentials, { name, values }: Operation): string | undefined {
  const numbers = values.map(Number) as [number, number, number];
  switch (name) {
    case 'capset':
      return model.setCapabilities(...values);
    case 'setresuid':
      return model.setUids(numbers);
    case 'setresgid':
      return model.setGids(numbers);
    case 'setgroups':
      return model.setGroups([]);
    case 'keepcaps':
      return model.setKeepCapabilities(values[0] === 1n);
    case 'drop':
      return model.dropBounding(numbers[0]);
    case 'securebits':
      return model.setSecurebits(values[0]);
    case 'raise':
      return model.raiseAmbient(numbers[0]);
    case 'clear':
      model.ambient = 0n;
      return undefined;
  }
}

function stateOf(model: Credentials, refusal: string | undefined): string {
  const { uids, gids, effective, permitted, inheritable, ambient, bounding, securebits } = model;
  const result = refusal === undefined ? 0 : -1;
  return [result, uids, gids, effective, permitted, inheritable, ambient, bounding, securebits].join(' ');
}

/** A model of the process that the first state describes: a container's root has fewer capabilities than all. */
function modelOf(state: string): Credentials {
  const words = state.split(' ');
  const model = new Credentials(0, 0, BigInt(words[4] ?? 0));
  model.bounding = BigInt(words[7] ?? 0);
  expect(stateOf(model, undefined)).toBe(state);
  return model;
}

/** Needs root: somebody else may make none of these calls. In CI that is a failure. */
test.runIf(process.getuid?.() === 0 || process.env['CI'] !== undefined)(
  'the model changes as the kernel does, call by call',
  () => {
    expect(process.getuid?.()).toBe(0);
    const sequences = fc.sample(fc.array(anyOperation, { minLength: 8, maxLength: 24 }), {
      numRuns: 2000,
      seed: 20_261_123,
    });
    const lines = sequences.map((sequence) =>
      sequence.map(({ name, values }) => `${name} ${values.join(' ')}`).join(' '),
    );
    const answer = execFileSync(join(directory, 'credentials'), {
      input: `${lines.join('\n')}\n`,
      maxBuffer: 1 << 28,
    });
    const answers = answer.toString().trim().split('\n');
    expect(answers).toHaveLength(sequences.length);
    const outcomes = new Set<string>();
    sequences.forEach((sequence, index) => {
      const [first = '', ...states] = (answers[index] ?? '').split(';').filter((state) => state !== '');
      const model = modelOf(first);
      sequence.forEach((step, at) => {
        const refusal = applyTo(model, step);
        outcomes.add(`${step.name} ${refusal === undefined}`);
        const told = { sequence: sequence.slice(0, at + 1), refusal, state: stateOf(model, refusal) };
        expect(told).toEqual({ ...told, state: states[at] });
      });
    });
    // Both answers of every call were tried; clearing the ambient set is never refused.
    expect(outcomes.size).toBe(2 * 9 - 1);
  },
);
