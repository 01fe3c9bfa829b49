import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { Action } from '../../src/seccomp/action.ts';
import { type Program, simulateStack } from '../../src/seccomp/index.ts';
import { TestFolder } from '../support/test-folder.ts';
import { returnValue, stricter } from './support/oracle.ts';

/** Every action; those with data with two numbers, so that it shows whose counts among equals. */
const ACTIONS: readonly Action[] = [
  { kind: 'kill_process' },
  { kind: 'kill_thread' },
  { kind: 'trap', data: 7 },
  { kind: 'trap', data: 0xffff },
  { kind: 'errno', errno: 1 },
  { kind: 'errno', errno: 4095 },
  { kind: 'user_notif' },
  { kind: 'trace', data: 0 },
  { kind: 'trace', data: 0xffff },
  { kind: 'log' },
  { kind: 'allow' },
];

/** What a program sees of an answer. A log lets the call through as an allow does: only the audit log tells them apart. */
const SEEN: Readonly<Record<Action['kind'], string>> = {
  kill_process: 'process killed',
  kill_thread: 'thread killed',
  trap: 'trap',
  errno: 'errno',
  user_notif: 'notified',
  trace: 'trace',
  log: 'ran',
  allow: 'ran',
};

function seen(value: number): string {
  const action = ACTIONS.find((each) => returnValue(each) === value);
  if (action === undefined) throw new Error(`no action answers ${value}`);
  const data = action.kind === 'errno' ? action.errno : 'data' in action ? action.data : undefined;
  return data === undefined ? SEEN[action.kind] : `${SEEN[action.kind]} ${data}`;
}

/** The oldest first. */
const STACKS: readonly (readonly number[])[] = [1, 2, 3].flatMap((height) => {
  let stacks: readonly (readonly number[])[] = [[]];
  for (let filter = 0; filter < height; filter += 1)
    stacks = stacks.flatMap((stack) => ACTIONS.map((action) => [...stack, returnValue(action)]));
  return stacks;
});

let outcomes: readonly string[] = [];

beforeAll(() => {
  using folder = new TestFolder();
  const source = fileURLToPath(new URL('precedence.c', import.meta.url));
  const binary = `${folder.path}/precedence`;
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-pthread', '-o', binary, source]);
  const input = STACKS.map((stack) => `${stack.map((value) => value.toString(16)).join(' ')}\n`).join('');
  outcomes = execFileSync(binary, { input, encoding: 'utf8' }).trim().split('\n');
});

test('of every stack of one to three answers, in every order, this kernel follows the one that the rules name', () => {
  expect(outcomes).toHaveLength(STACKS.length);
  for (const [index, stack] of STACKS.entries()) {
    const newest = stack.toReversed();
    const counting = newest.reduce(stricter);
    expect(outcomes[index], stack.map(seen).join(', then ')).toBe(seen(counting));
  }
});

test('the simulator names the same answer', () => {
  for (const stack of STACKS) {
    const programs = stack.map(
      (k): Program => ({ architecture: 'x86_64', instructions: [{ code: 0x06, jt: 0, jf: 0, k }] }),
    );
    const { value } = simulateStack(programs, { arch: 0, nr: 0, args: [] });
    expect(value, stack.map(seen).join(', then ')).toBe(stack.toReversed().reduce(stricter));
  }
});

test('every action is seen', () => {
  expect(new Set(outcomes)).toEqual(new Set(ACTIONS.map((action) => seen(returnValue(action)))));
});
