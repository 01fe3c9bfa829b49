import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Architecture } from '../../../../src/kernel/architecture.ts';
import { exportSystemd } from '../../../../src/seccomp/convert/systemd/export.ts';
import type { Filter } from '../../../../src/seccomp/filter.ts';
import { filterOf } from '../../support/policy.ts';
import { difference, importedUnit, widened } from './compare.ts';
import { systemdJudge } from './judge.ts';
import { fallback, rules } from './random-rules.ts';

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));
/** A personality is set by another directive, which does more than a filter. */
const ANOTHER_PERSONALITY = 'personality-of-x86.service';
const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'aarch64'];

const judge = systemdJudge();
afterAll(() => judge.remove());
const file = judge.scratch('exported.service');

function exported(filter: Filter): { readonly content: string; readonly said: readonly string[] } {
  const { content, diagnostics } = exportSystemd(filter, { name: 'finger' });
  if (typeof content !== 'string') throw new Error('nothing was exported');
  return {
    content,
    said: diagnostics.map(({ severity, message, span }) => `${span?.line ?? '-'}: ${severity}: ${message}`),
  };
}

/** What systemd makes of a filter's export. */
function programsOf(
  content: string,
  architecture: Architecture,
): NonNullable<ReturnType<typeof judge.filters>> {
  writeFileSync(file, content);
  const programs = judge.filters(file, architecture);
  if (programs === undefined) throw new Error('systemd could not start the unit');
  return programs;
}

test.each(
  readdirSync(CORPUS)
    .filter((unit) => unit !== ANOTHER_PERSONALITY)
    .sort()
    .flatMap((unit) => ARCHITECTURES.map((architecture) => ({ unit, architecture }))),
)('$unit on $architecture is the same after import and export', ({ unit, architecture }) => {
  const filter = importedUnit(readFileSync(`${CORPUS}${unit}`, 'utf8'), architecture);
  const { content, said } = exported(filter);
  expect(said).toEqual([]);
  expect(difference(filter, programsOf(content, architecture), judge, 'named only')).toBeUndefined();
});

test('systemd never lets through what a policy does not', () => {
  fc.assert(
    fc.property(rules, fallback, fc.constantFrom(...ARCHITECTURES), (lines, otherwise, architecture) => {
      const filter = filterOf(lines, { default: { text: otherwise, span: undefined } }, architecture);
      const { content } = exported(filter);
      expect(widened(filter, programsOf(content, architecture))).toBeUndefined();
      expect(
        difference(importedUnit(content, architecture), programsOf(content, architecture), judge),
      ).toBeUndefined();
    }),
    { numRuns: 30, seed: 7 },
  );
});

test('what directives cannot say is refused and reported', () => {
  const filter = filterOf(
    [
      ...[
        '@start',
        '@stdio',
        'execve',
        'socket(family == AF_UNIX)',
        'mprotect',
        'clone(clone_flags & CLONE_NEWUSER == 0)',
      ],
      ...[
        'syscall_600',
        'kill -> trap',
        'getppid -> log',
        'ptrace -> errno(EIO)',
        'fchmod(mode & ~0777 == 0)',
        'setns',
      ],
    ],
    { kernel: { text: '5.4', span: undefined } },
  );
  const { content, said } = exported(filter);
  expect(`${said.join('\n')}\n\n${content}`).toMatchSnapshot();
});
