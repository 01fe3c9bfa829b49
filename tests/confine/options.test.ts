import { describe, expect, test } from 'vitest';
import { type ConfineError, type ConfineOptions, confine } from '../../src/confine/library.ts';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { compile, parseFilter } from '../../src/seccomp/library.ts';

/** What `confine()` says of options that are wrong, without having changed anything. */
function refusal(options: ConfineOptions): ConfineError {
  try {
    confine(options);
  } catch (error) {
    return error as ConfineError;
  }
  throw new Error('nothing was refused');
}

const other = hostArchitecture() === 'x86_64' ? 'aarch64' : 'x86_64';

function programFor(architecture: 'x86_64' | 'aarch64', rules: readonly string[]): ConfineOptions['filter'] {
  const { filter } = parseFilter(rules, { architecture });
  if (filter === undefined) throw new Error('the rules are wrong');
  return compile(filter);
}

describe('options that are refused', () => {
  test.each<[string, ConfineOptions, string, number | undefined]>([
    ['a rule', { filter: 'read\nwirte\nopne' }, "rules:2:1: no system call is named 'wirte' (and 1 more)", 2],
    ['a rule of a list', { filter: ['read', 'write('] }, 'rules:2:7: expected', 2],
    ['the default', { filter: { rules: [], default: 'deny' } }, "'deny'", undefined],
    [
      'a name of a limit',
      { filter: '@node', rlimits: JSON.parse('{"files": 1}') },
      "no resource limit is named 'files'; there are cpu, fsize",
      undefined,
    ],
    [
      'a value',
      { filter: '@node', rlimits: { nofile: -1 } },
      "'nofile' is a whole number from 0 on or 'infinity', not \"-1\"",
      undefined,
    ],
    ['a fraction', { filter: '@node', rlimits: { cpu: 0.5 } }, "'cpu' is a whole number", undefined],
    [
      'above the largest',
      { filter: '@node', rlimits: { as: 2n ** 64n } },
      "'as' is a whole number",
      undefined,
    ],
    [
      'nothing as a limit',
      { filter: '@node', rlimits: JSON.parse('{"cpu": null}') },
      "the limit 'cpu' is one value, or two: { soft, hard }",
      undefined,
    ],
    [
      'half a limit',
      { filter: '@node', rlimits: JSON.parse('{"cpu": {"soft": 1}}') },
      "the limit 'cpu' is one value, or two",
      undefined,
    ],
    [
      'soft above hard',
      { filter: '@node', rlimits: { nofile: { soft: 'infinity', hard: 5 } } },
      "the soft limit of 'nofile' is above its hard limit",
      undefined,
    ],
    [
      'a filter under which nothing can be read back',
      { filter: 'read' },
      "name 'pread64' or '@node'",
      undefined,
    ],
    ['a program for another machine', { filter: programFor(other, ['@node']) }, `is for ${other}`, undefined],
  ])('%s', (_, options, message, line) => {
    const error = refusal(options);
    expect(error.message).toContain(message);
    expect(error).toMatchObject({
      name: 'ConfineError',
      step: 'options',
      unchanged: true,
      line,
      errno: undefined,
    });
  });

  test('rules that are too entangled to be proved are not loaded', () => {
    const pairs = Array.from(
      { length: 26 },
      (_, bit) => `(arg0 & ${2 ** bit} == 0 || arg1 & ${2 ** bit} == 0)`,
    );
    const { step, message } = refusal({ filter: ['@node', `syscall_600(${pairs.join(' && ')})`] });
    expect(step).toBe('options');
    expect(message).toContain('the filter cannot be proved to be its rules');
  });

  test('all that is wrong with a filter is there, as data', () => {
    const { diagnostics } = refusal({ filter: ['wirte', 'read', 'kill(pidd == 0)'] });
    expect(diagnostics.map(({ span }) => span?.line)).toEqual([1, 3]);
  });
});
