import { expect, test } from 'vitest';
import { acceptWarnings } from '../../../src/policy/accept-warnings.ts';
import type { Diagnostic } from '../../../src/policy/diagnostic.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { resolveFilter } from '../../../src/seccomp/language/resolve-filter.ts';
import { HOST } from '../../support/host-architecture.ts';

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

test('accept makes a note of a boundary, with the reason', () => {
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

test('an accepted rule that opens nothing is warned of, at its place', () => {
  const unused = judge('accept:\n  kill: it is gone\nseccomp: { rules: [kill] }\n');
  expect(unused).toMatchObject([
    { code: 'accept-unused', severity: 'warning', span: { line: 6, column: 9 } },
  ]);
});

test('accept does not reach errors without a name, other warnings, or a default that lets calls through', () => {
  const open = judge('accept: { setsid: why }\nseccomp: { default: allow, rules: [] }\n');
  expect(short(open)).toEqual(['warning boundary-opened', 'warning accept-unused']);
  const twice = judge('accept: { setsid: why }\nseccomp: { rules: [setsid, setsid] }\n');
  expect(short(twice)).toEqual(['warning rule-duplicate', 'note boundary-opened']);
});
