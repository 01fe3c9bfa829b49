import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { jsonSchema } from '../../src/policy/json-schema.ts';

const POLICIES = join(import.meta.dirname, '../../policies');

const SCHEMA = z.fromJSONSchema(jsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

function accepts(text: string): boolean {
  return SCHEMA.safeParse(parse(text)).success;
}

test.each(readdirSync(POLICIES).filter((name) => name.endsWith('.yaml')))('it takes %s', (name) => {
  expect(accepts(readFileSync(join(POLICIES, name), 'utf8'))).toBe(true);
});

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8');

test.each([...PAGE.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? ''))(
  'it takes the examples of the reference: %#',
  (example) => {
    expect(accepts(example)).toBe(true);
  },
);

const LEAST = 'portcullis: 1\nservice: echo\nlisten: tcp://[::]:7\nrun: [/bin/cat]\n';

test.each([
  ['usr: nobody'],
  ['umask: 0o999'],
  ['stderr: client'],
  ['rlimits: { cpu: 5MiB }'],
  ['rlimits: { nofil: 5 }'],
  ['limits: { sessions: 0 }'],
  ['limits: { time: 10 }'],
])('it refuses %s', (line) => {
  expect(accepts(LEAST)).toBe(true);
  expect(accepts(`${LEAST}${line}\n`)).toBe(false);
});
