import { describe, expect, test } from 'vitest';
import { commandLine } from '../../src/policy/command-line.ts';
import { readDocument } from '../../src/policy/document.ts';
import { flagDocument } from '../../src/policy/flags/flag-document.ts';
import { POLICY_FLAGS } from '../../src/policy/generated/policy-flags.ts';
import { jsonSchema } from '../../src/policy/json-schema.ts';
import { policyKeysAt } from '../../src/policy/known-keys.ts';
import { isMapping } from '../../src/policy/mapping.ts';
import { overlay } from '../../src/policy/overlay.ts';
import { parseDocument } from '../../src/policy/parse-policy.ts';

function partOf(value: unknown, name: string): unknown {
  return isMapping(value) ? value[name] : undefined;
}

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

test('every key of a policy has a flag, but for the version and the program', () => {
  const keys = POLICY_FLAGS.map(({ path }) => path.split('.')[0] ?? '');
  expect([...new Set([...keys, 'portcullis', 'run'])].sort()).toEqual([...policyKeysAt([])].sort());
});

test('so has every key of a mapping, by itself or through its mapping', () => {
  const paths = POLICY_FLAGS.map(({ path }) => path);
  const inner = policyKeysAt([]).flatMap((key) => policyKeysAt([key]).map((name) => [key, `${key}.${name}`]));
  expect(inner.length).toBeGreaterThan(20);
  expect(inner.filter((candidates) => !candidates.some((path) => paths.includes(path)))).toEqual([]);
});

test('a flag has the description, the words and the names of its key', () => {
  const schema = jsonSchema();
  for (const { path, describe: description, choices, entries } of POLICY_FLAGS) {
    const key = path
      .split('.')
      .reduce<unknown>((above, name) => partOf(partOf(above, 'properties'), name), schema);
    expect({ path, description: partOf(key, 'description') }).toEqual({
      path,
      description: expect.stringContaining(description),
    });
    const words = partOf(key, 'enum');
    const known = Array.isArray(words) ? words.filter((word) => word !== null) : undefined;
    expect({ path, words: known }).toEqual({ path, words: choices });
    const names = partOf(key, 'properties');
    expect({ path, names: isMapping(names) ? Object.keys(names) : undefined }).toEqual({
      path,
      names: entries,
    });
  }
});

describe('flags over a file', () => {
  test('a value takes the place of the one in the file', () => {
    expect(parsed(['--user', '61300', '--group', '61300']).policy?.user).toBe(61300);
  });

  test('a list takes the place of the whole list', () => {
    const { policy } = parsed(['--listen', 'tcp://127.0.0.1:8', '--listen', 'tcp://127.0.0.1:9']);
    expect(policy?.listen.map(({ text }) => text)).toEqual(['tcp://127.0.0.1:8', 'tcp://127.0.0.1:9']);
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
