import { readFileSync } from 'node:fs';
import { syscallNumber } from '../src/kernel/system-calls.ts';
import { parsePolicy } from '../src/policy/parse-policy.ts';
import { type Filter, resolveFilter } from '../src/seccomp/index.ts';

const POLICY = new URL('../tests/seccomp/profiles/docker.yaml', import.meta.url);

/** Docker's default profile with default capabilities, on x86-64. */
export function dockerFilter(): Filter {
  const { policy } = parsePolicy(readFileSync(POLICY, 'utf8'), POLICY.pathname, { requireListen: false });
  if (policy === undefined) throw new Error(`${POLICY.pathname} cannot be read`);
  return resolveFilter(policy.seccomp, 'x86_64').filter;
}

// enum scmp_compare, seccomp.h.
const LESS = 2;
const EQUAL = 4;
const MASKED_EQUAL = 7;

const PERSONALITIES: readonly number[] = [0, 8, 0x20000, 0x20008, 0xffffffff];
const FAMILIES: readonly number[] = [
  13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39, 41, 42, 43, 44, 45,
];

/** The profile's conditions on arguments, in its own form: a rule for each value. */
const CONDITIONS: readonly (readonly [string, string])[] = [
  ['clone', `0 ${MASKED_EQUAL} ${0x7e020000} 0`],
  ['socket', `0 ${LESS} 12 0`],
  ...PERSONALITIES.map((value): [string, string] => ['personality', `0 ${EQUAL} ${value} 0`]),
  ...FAMILIES.map((value): [string, string] => ['socket', `0 ${EQUAL} ${value} 0`]),
];

/** The same as lines for libseccomp-filter.c. What is denied with EPERM needs none. */
export function dockerLines({ rules, architecture }: Filter): readonly string[] {
  const line = (call: string, rest: string): string => `${syscallNumber(call, architecture)} ${rest}`;
  const plain = rules
    .filter(({ condition, action }) => condition.kind === 'true' && action.kind === 'allow')
    .map(({ call }) => line(call, '0'));
  return [
    ...plain,
    ...CONDITIONS.map(([call, condition]) => line(call, `0 ${condition}`)),
    line('clone3', '38'),
  ];
}
