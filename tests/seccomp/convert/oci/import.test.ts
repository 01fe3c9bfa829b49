import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../../../src/cli/print/print-diagnostics.ts';
import { importedFilter, seccompSection } from '../../../../src/seccomp/convert/import-seccomp.ts';
import type { Imported, ImportOptions } from '../../../../src/seccomp/convert/imported.ts';
import { importOci } from '../../../../src/seccomp/convert/oci/import.ts';
import { Libseccomp } from '../support/libseccomp.ts';
import { NamedCalls } from '../support/same-answers.ts';

const CORPUS = new URL('corpus/', import.meta.url).pathname;
const NAMES = readdirSync(CORPUS).sort();

function source(name: string): string {
  return readFileSync(CORPUS + name, 'utf8');
}

const OPTIONS: ImportOptions = {
  file: 'profile.json',
  architecture: 'x86_64',
  capabilities: new Set(),
  kernel: undefined,
};

/** What an import says and makes, as it is printed. */
function printed(text: string, { filter, diagnostics }: Imported): string {
  const said = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, text, { color: false }));
  return [...said, filter === undefined ? 'no filter' : seccompSection(filter, [])].join('\n');
}

function imported(text: string, options: Partial<ImportOptions> = {}): Imported {
  return importOci(text, { ...OPTIONS, ...options });
}

describe('a profile of the corpus', () => {
  test.each(NAMES)('%s says what is lost, and where', (name) => {
    const text = source(name);
    expect(printed(text, imported(text))).toMatchSnapshot();
  });

  test('depends on machine, capabilities and kernel', () => {
    const text = source('service.json');
    const other = imported(text, {
      architecture: 'aarch64',
      capabilities: new Set(['CAP_SYS_ADMIN', 'CAP_SYS_CHROOT']),
      kernel: { major: 6, minor: 1 },
    });
    expect(printed(text, other)).toMatchSnapshot();
    const lines = imported(text).filter?.rules.map((rule) => rule.text) ?? [];
    expect(lines).toContain(
      'clone(clone_flags & (CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET) == 0)',
    );
    expect(lines).not.toContain('mount');
    const withAdmin = imported(text, { capabilities: new Set(['CAP_SYS_ADMIN']) }).filter?.rules ?? [];
    expect(withAdmin.map((rule) => rule.text)).toEqual(expect.arrayContaining(['clone', 'clone3', 'mount']));
  });

  test('for younger kernels counts when the kernel is young enough', () => {
    const text = source('doubtful.json');
    const rules = (minor: number): readonly string[] =>
      imported(text, { kernel: { major: 5, minor } }).filter?.rules.map((rule) => rule.text) ?? [];
    expect(rules(9)).not.toContain('process_madvise');
    expect(rules(10)).toContain('process_madvise');
  });
});

describe('what libseccomp makes of a profile', () => {
  /** Without the entries that Docker decides about before libseccomp sees them. */
  const decided = (text: string): string => {
    const profile = JSON.parse(text.replaceAll(/("value(?:Two)?": )(\d+)/g, '$1"$2"')) as {
      syscalls: { includes?: { caps?: unknown; arches?: string[] } }[];
    };
    profile.syscalls = profile.syscalls.filter(
      ({ includes }) => includes?.caps === undefined && (includes?.arches?.includes('amd64') ?? true),
    );
    return JSON.stringify(profile).replaceAll(/("value(?:Two)?":)"(\d+)"/g, '$1$2');
  };

  test.each(['service.json', 'numbers.json'])(
    'is what the import of %s makes of it, for all arguments',
    (name) => {
      using libseccomp = new Libseccomp();
      const program = libseccomp.compile(decided(source(name)));
      const { filter } = imported(source(name));
      if (filter === undefined) throw new Error('no filter');
      const ours = importedFilter(filter, 'x86_64').filter;
      const calls = new NamedCalls(ours);
      expect(calls.difference(calls.ofProgram(program), calls.ofFilter(ours))).toBeUndefined();
    },
  );
});
