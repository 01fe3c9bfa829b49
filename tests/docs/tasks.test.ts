import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Console, commandsOf, type Shown } from './support/console.ts';
import { page } from './support/page.ts';

/** Pages that can be worked through from top to bottom, as a reader would. */
const TASKS = [
  ...[
    'wrap',
    'write-a-policy',
    'errors',
    'debugging',
    'systemd',
    'tls',
    'comparison',
    'read-a-filter',
    'runtimes',
  ].map((name) => `docs/${name}.md`),
  ...readdirSync(new URL('../../docs/from', import.meta.url)).map((name) => `docs/from/${name}`),
  'examples/tighten/README.md',
];

type Part =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | ({ readonly kind: 'command' } & Shown);

/**
 * Policies are files under the name of their service, units under the name in their first line, others under a name behind the
 * language; the rest is typed.
 */
function partsOf(text: string): readonly Part[] {
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].flatMap(
    ([, language = '', file, block = '']): readonly Part[] => {
      if (file !== undefined) return [{ kind: 'file', name: file, text: block }];
      if (!['yaml', 'ini', 'console'].includes(language)) return [];
      if (language === 'console') return commandsOf(block).map((shown) => ({ kind: 'command', ...shown }));
      const pattern = language === 'yaml' ? /^portcullis: 1\nservice: (\S+)$/m : /^# (\S+)$/m;
      const [, name] = pattern.exec(block) ?? [];
      if (name === undefined) return [];
      return [{ kind: 'file', name: language === 'yaml' ? `${name}.yaml` : name, text: block }];
    },
  );
}

/** The files beside a page of the examples, put where its commands are typed. */
function copyOf(path: string): Shown {
  const folder = new URL(`../../${path.replace(/[^/]*$/, '')}`, import.meta.url).pathname;
  return { command: `cp '${folder}'* .`, output: [] };
}

/** What differs from run to run: times, clocks, memory, ports of clients. */
function alike(line: string): string {
  return line
    .replaceAll(/\d+(\.\d+)? (ms|us|KB)\b/g, 'N $2')
    .replaceAll(/"(duration_us|cpu_us|memory_kb|port|pid)":\d+/g, '"$1":N')
    .replaceAll(/"time":"[^"]+"/g, '"time":"T"')
    .replaceAll(/^\d\d:\d\d:\d\d\.\d{3}/g, 'T')
    .replaceAll(/\bstep \d+\b/g, 'step N')
    .replaceAll(/127\.0\.0\.1:\d{5}\b/g, '127.0.0.1:N');
}

/** `...` stands for anything, also for whole lines when it is one. */
function matcher(output: readonly string[]): RegExp {
  const escaped = output.map((line) =>
    line === '...' ? '(?:.*\n)*?' : `${alike(line).split('...').map(quoted).join('.*')}\n`,
  );
  return new RegExp(`^${escaped.join('')}$`);
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

describe.each(TASKS)('%s', (path) => {
  const parts = partsOf(page(path));

  test('has commands', () => {
    expect(parts.filter(({ kind }) => kind === 'command').length).toBeGreaterThan(3);
  });

  test('shows what its commands print', async () => {
    await using console = new Console();
    if (path.startsWith('examples/')) await console.run(copyOf(path));
    for (const part of parts) {
      if (part.kind === 'file') {
        await console.write(part.name, part.text);
        continue;
      }
      const printed = await console.run(part);
      const text = printed.map((line) => `${alike(line)}\n`).join('');
      if (!matcher(part.output).test(text))
        expect(`${part.command}\n${printed.join('\n')}`).toBe(`${part.command}\n${part.output.join('\n')}`);
    }
  });
});
