import { describe, expect, test } from 'vitest';
import { acceptWarnings } from '../../src/policy/accept-warnings.ts';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { resolveFilter } from '../../src/seccomp/index.ts';
import { HOST } from '../support/policy.ts';

const HEAD = 'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/bin/cat]\n';

function judge(more: string): readonly Diagnostic[] {
  const { policy, diagnostics } = parsePolicy(HEAD + more, 'x.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  const filter = resolveFilter(policy.seccomp, HOST, policy).diagnostics;
  return acceptWarnings(policy, [...diagnostics, ...filter]);
}

function short(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ severity, code }) => `${severity} ${code}`);
}

describe('accept', () => {
  test('makes a note of a boundary, with the reason', () => {
    expect(short(judge('seccomp: { rules: [setsid] }\n'))).toEqual(['warning boundary-opened']);
    const [note, ...more] = judge('accept: { setsid: it is a daemon }\nseccomp: { rules: [setsid] }\n');
    expect(note).toMatchObject({
      severity: 'note',
      code: 'boundary-opened',
      help: undefined,
      about: ['setsid'],
    });
    expect(note?.message).toMatch(
      /^setsid: opens the process group of a session; .*; accepted: it is a daemon$/,
    );
    expect(more).toEqual([]);
  });

  test('makes a note of a capability', () => {
    expect(short(judge('capabilities: [kill]\n'))).toEqual(['warning capability-power']);
    expect(short(judge('capabilities: [kill]\naccept: { CAP_KILL: it ends what hangs }\n'))).toEqual([
      'note capability-power',
    ]);
  });

  test('a call is not the capability of that name', () => {
    const both = 'capabilities: [kill]\nlandlock: best-effort\nseccomp: { rules: [kill] }\n';
    expect(short(judge(`${both}accept: { kill: why }\n`))).toEqual([
      'warning capability-power',
      'note boundary-opened',
    ]);
  });

  test('a group that opens a boundary by several calls is accepted when each of them is', () => {
    const rules = 'seccomp: { rules: ["@keyring"] }\n';
    const two = 'add_key: why, keyctl: why';
    expect(short(judge(`${rules}accept: { ${two} }\n`))).toEqual(['warning boundary-opened']);
    const whole = judge(`${rules}accept: { ${two}, request_key: why }\n`);
    expect(short(whole)).toEqual(['note boundary-opened']);
    expect(whole[0]?.message).toMatch(/; accepted: why$/);
  });

  test('what nothing is warned of is warned of, at its place', () => {
    const unused = judge('accept:\n  kill: it is gone\nseccomp: { rules: [kill] }\n');
    expect(unused).toMatchObject([
      { code: 'accept-unused', severity: 'warning', span: { line: 6, column: 9 } },
    ]);
  });

  test('makes a note of an error that has a name for it, and of no other', () => {
    const { policy } = parsePolicy(`${HEAD}accept: { executable-stack: a JIT }\n`, 'x.yaml');
    if (policy === undefined) throw new Error('no policy');
    const error = {
      code: 'executable-stack',
      severity: 'error',
      message: 'it has',
      span: undefined,
      help: 'no',
    } as const;
    const named = { ...error, about: ['executable-stack'] };
    expect(acceptWarnings(policy, [named])).toMatchObject([
      { severity: 'note', message: 'it has; accepted: a JIT', help: undefined },
    ]);
    expect(short(acceptWarnings(policy, [error]))).toEqual(['error executable-stack']);
    const both = { ...error, about: ['executable-stack', 'writable-segment'] };
    expect(short(acceptWarnings(policy, [both]))).toEqual(['error executable-stack']);
  });

  test('does not reach errors without a name, other warnings, or a default that lets calls through', () => {
    const open = judge('accept: { setsid: why }\nseccomp: { default: allow, rules: [] }\n');
    expect(short(open)).toEqual(['warning boundary-opened', 'warning accept-unused']);
    const twice = judge('accept: { setsid: why }\nseccomp: { rules: [setsid, setsid] }\n');
    expect(short(twice)).toEqual(['warning rule-duplicate', 'note boundary-opened']);
  });

  test.each([
    ['an empty reason', 'accept: { setsid: "" }\n', 'the reason is empty'],
    [
      'a rule for a name',
      'accept: { "kill(pid == 0)": why }\n',
      'is no name of a call, a capability, a key or a trait of a program',
    ],
  ])('%s is an error', (_, more, message) => {
    const { diagnostics } = parsePolicy(HEAD + more, 'x.yaml');
    expect(diagnostics.map((diagnostic) => diagnostic.message).join()).toContain(message);
  });
});
