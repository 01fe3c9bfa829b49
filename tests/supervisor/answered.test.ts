import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { answerFacts } from '../../src/seccomp/answers/answer-facts.ts';
import { surroundingsOf } from '../../src/seccomp/explain/surroundings.ts';
import type { Assignment, SupervisedService } from '../../src/supervisor/assignment.ts';
import { type AnsweredEvent, createExplainer } from '../../src/supervisor/explainer.ts';
import { createOutput } from '../../src/supervisor/output.ts';
import { service } from './support/service.ts';

const NOON = new Date('2026-11-23T12:00:01.250Z');

const TEXT = `portcullis: 1
service: web
listen: tcp://[::]:7
run: [/bin/app]
seccomp: { rules: ["@start", "@write-files", "mkdir -> errno(EPERM)"] }
`;

function web(): SupervisedService {
  const { policy } = parsePolicy(TEXT, 'web.yaml');
  if (policy === undefined) throw new Error('the policy cannot be read');
  const { default: fallback, kernel, rules } = policy.seccomp;
  const around = surroundingsOf(policy, false);
  return service({
    service: 'web',
    rules: { architecture: 'x86_64', default: fallback, kernel, rules, groups: {}, around },
    facts: answerFacts(policy),
  });
}

const OPEN: AnsweredEvent = {
  event: 'answered',
  session: 3,
  pid: 12,
  program: 'app',
  call: 257,
  args: ['0xffffff9c', '0x7ffc12345678', '0x42', '0x180', '0x0', '0x0'],
  errno: 13,
  path: '/srv/data/x',
};

const MKDIR: AnsweredEvent = {
  ...OPEN,
  call: 83,
  args: ['0x7ffc1234', '0x1ed', '0x0', '0x0', '0x0', '0x0'],
  errno: 1,
};

function printed(event: AnsweredEvent, format: Assignment['format'], of: SupervisedService): string {
  const lines: string[] = [];
  const assignment: Assignment = { services: [of], explainer: -1, format, color: false };
  const write = (line: string): void => void lines.push(line);
  createOutput(assignment, write, () => NOON, createExplainer).event(of, event);
  return lines.join('');
}

test('an answer is told to people in two lines, with the key', () => {
  expect(printed(OPEN, 'text', web())).toBe(
    `12:00:01.250 web: session 3: openat(AT_FDCWD, "/srv/data/x", O_RDWR|O_CREAT, 0600) in app: EACCES
             Landlock refuses writing to /srv/data/x: writable is empty; to change it: writable: /srv/data
`,
  );
});

test('and to programs with the cause beside the numbers', () => {
  expect(JSON.parse(printed(OPEN, 'json', web()))).toEqual({
    time: NOON.toISOString(),
    service: 'web',
    ...OPEN,
    call_name: 'openat',
    arguments: 'AT_FDCWD, ..., O_RDWR|O_CREAT, 0600',
    errno_name: 'EACCES',
    cause: 'landlock',
    reason: 'Landlock refuses writing to /srv/data/x: writable is empty',
    key: 'writable',
    value: '/srv/data',
  });
});

test('an answer of a rule is told with the line', () => {
  expect(printed(MKDIR, 'text', web())).toContain(
    'mkdir("/srv/data/x", 0755) in app: EPERM\n             web.yaml:5 mkdir',
  );
  expect(JSON.parse(printed(MKDIR, 'json', web()))).toMatchObject({
    cause: 'rule',
    key: 'seccomp.rules',
    rules: expect.arrayContaining([expect.objectContaining({ file: 'web.yaml', line: 5 })]),
    allow: expect.anything(),
  });
});

test('an answer is told in numbers where nothing is known about the policy', () => {
  expect(printed(OPEN, 'text', service())).toContain('session 3: call 257(0xffffff9c, ');
});
