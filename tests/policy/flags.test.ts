import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { commandLine } from '../../src/policy/command-line.ts';
import { readDocument } from '../../src/policy/document.ts';
import { flagDocument } from '../../src/policy/flags/flag-document.ts';
import { KEYS_WITHOUT_FLAG, POLICY_FLAGS } from '../../src/policy/flags/policy-flags.ts';
import { overlay } from '../../src/policy/overlay.ts';
import { parseDocument } from '../../src/policy/parse-policy.ts';
import { POLICY_KEYS } from '../../src/policy/schema/policy-keys.ts';

const FILE = `portcullis: 1
service: sample
listen: tcp://127.0.0.1:7
run: [/bin/cat]
rlimits: { nofile: 8, cpu: 5s }
`;

function parsed(words: readonly string[]): ReturnType<typeof parseDocument> {
  const flags = flagDocument(commandLine(['run', ...words]), 1);
  return parseDocument(overlay(readDocument(FILE, 'sample.yaml'), flags), 'sample.yaml');
}

test('every key of a policy has a flag', () => {
  const keys = POLICY_FLAGS.map(({ path }) => path.split('.')[0] ?? '');
  expect([...new Set([...keys, ...KEYS_WITHOUT_FLAG])].sort()).toEqual(Object.keys(POLICY_KEYS).sort());
});

test('a flag has the description, the words and the names of its key', () => {
  const schema = z.toJSONSchema(z.strictObject(POLICY_KEYS), { io: 'input', unrepresentable: 'any' });
  for (const { path, describe: description, choices, entries } of POLICY_FLAGS) {
    const key = path.split('.').reduce<z.core.JSONSchema.BaseSchema>((above, name) => {
      const below = above.properties?.[name];
      if (typeof below !== 'object') throw new Error(`the schema has no key '${path}'`);
      return below;
    }, schema);
    expect({ path, description: key.description }).toEqual({ path, description });
    const words = key.enum?.filter((word) => word !== null);
    expect({ path, words }).toEqual({ path, words: choices === undefined ? undefined : [...choices] });
    if (key.properties !== undefined) expect(Object.keys(key.properties)).toEqual(entries);
  }
});

describe('flags over a file', () => {
  test('a value takes the place of the one in the file', () => {
    expect(parsed(['--user', '61300', '--group', '61300']).policy?.user).toBe(61300);
  });

  test('a list takes the place of the whole list', () => {
    const { policy } = parsed(['--listen', 'tcp://127.0.0.1:8', '--listen', 'tcp://127.0.0.1:9']);
    expect(policy?.listen.map(({ port }) => port)).toEqual([8, 9]);
  });

  test('entries of a mapping stand beside those of the file', () => {
    const { policy } = parsed(['--rlimit', 'nofile=32']);
    expect(policy?.rlimits.nofile).toEqual({ soft: 32n, hard: 32n });
    expect(policy?.rlimits.cpu).toEqual({ soft: 5n, hard: 5n });
  });

  test('what follows -- is the program', () => {
    expect(parsed(['--', '/bin/date', '-u', '--', 'x']).policy?.run).toEqual(['/bin/date', '-u', '--', 'x']);
  });

  test('a wrong value has its place on the command line', () => {
    const [problem] = parsed(['--rlimit', 'nofle=32']).diagnostics;
    expect(problem).toMatchObject({ code: 'unknown-key', span: { file: 'command line', line: 1 } });
    expect(problem?.help).toBe("did you mean 'nofile'?");
  });
});
