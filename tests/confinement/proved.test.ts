import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { CALL, type Meaning, meaning } from '../seccomp/support/random-text.ts';
import { type ProbedService, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { ORDINARY_UID } from './support/ground.ts';

const LARGE = 1n << 64n;
const SEED = 20_261_124;
const NUMBER = syscallNumber(CALL, hostArchitecture()) ?? -1;

/** Errnos that no system call answers by itself. */
const FIRST_ERRNO = 1001;
const LAST_ERRNO = 1100;

const { folder, program } = suiteProbes();

const register = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(0n, 1n << 31n, 1n << 32n, 1n << 63n, LARGE - 1n, LARGE - 100n),
      fc.bigInt({ min: -3n, max: 3n }),
    )
    .map(([corner, step]) => BigInt.asUintN(64, corner + step)),
  fc.bigInt({ min: 0n, max: LARGE - 1n }),
);

/** Rules with what they mean, which no code of the compiler or the prover has said. */
const policies = fc.sample(
  fc.array(
    meaning.filter(({ text }) => text.length < 1000),
    { minLength: 3, maxLength: 3 },
  ),
  { numRuns: 4, seed: SEED },
);
const calls = fc.sample(fc.tuple(register, register, register, register), { numRuns: 300, seed: SEED });

/** The first rule that a call meets gives the errno. */
function expected(rules: readonly Meaning[]): readonly number[] {
  return calls.map((args) => {
    const met = rules.findIndex(({ holds }) => holds(args));
    return met === -1 ? LAST_ERRNO : FIRST_ERRNO + met;
  });
}

function rulesOf(meanings: readonly Meaning[]): readonly string[] {
  const ours = meanings.map(({ text }, index) => `${CALL}(${text}) -> errno(${FIRST_ERRNO + index})`);
  return ['@start', '@stdio', ...ours, `${CALL} -> errno(${LAST_ERRNO})`];
}

async function answers(service: ProbedService): Promise<readonly number[]> {
  const lines = calls.map((args) => [NUMBER, ...args].join(' '));
  return (await service.attempt(['calls', ...lines, ''].join('\n'))).split('\n').map(Number);
}

describe('what is proved of a filter, asked by a session', () => {
  test('the calls meet rules and miss them', () => {
    expect(new Set(policies.flatMap(expected)).size).toBe(4);
  });

  test.each(policies)('policy %#', async (...rules) => {
    const policy = { rules: rulesOf(rules) };
    const ordinary = { ...policy, lines: [`user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`] };
    const services = await Promise.all([
      serveProbes(folder, program, policy),
      serveBuiltProbes(folder, program, policy),
      serveProbes(folder, program, ordinary, { args: ['--unprivileged'], uid: ORDINARY_UID }),
    ]);
    try {
      for (const service of services) expect(await answers(service)).toEqual(expected(rules));
    } finally {
      for (const service of services) await service[Symbol.asyncDispose]();
    }
  });
});
