import { describe, expect, test } from 'vitest';
import { acceptWarnings } from '../../src/policy/accept-warnings.ts';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

const HEAD = 'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/bin/cat]\n';

function judge(more: string): readonly Diagnostic[] {
  const { policy, diagnostics } = parsePolicy(HEAD + more, 'x.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return acceptWarnings(policy, diagnostics);
}

function short(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ severity, code }) => `${severity} ${code}`);
}

describe('accept', () => {
  test('makes a note of a capability', () => {
    expect(short(judge('capabilities: [kill]\n'))).toEqual(['warning capability-power']);
    expect(short(judge('capabilities: [kill]\naccept: { CAP_KILL: it ends what hangs }\n'))).toEqual([
      'note capability-power',
    ]);
  });

  test('what nothing is warned of is warned of, at its place', () => {
    expect(judge('accept:\n  CAP_KILL: it is gone\n')).toMatchObject([
      { code: 'accept-unused', severity: 'warning', span: { line: 6, column: 13 } },
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
