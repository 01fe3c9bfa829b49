import { afterAll, expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../../src/kernel/architecture.ts';
import { syscallNumbers } from '../../../../src/kernel/system-calls.ts';
import { importedFilter } from '../../../../src/seccomp/convert/import-seccomp.ts';
import { exportMinijail } from '../../../../src/seccomp/convert/minijail/export.ts';
import { importMinijail } from '../../../../src/seccomp/convert/minijail/import.ts';
import { exportOci } from '../../../../src/seccomp/convert/oci/export.ts';
import { importOci } from '../../../../src/seccomp/convert/oci/import.ts';
import { compileFilter } from '../../../../src/seccomp/index.ts';
import { UNJUDGED } from '../../../../src/seccomp/language/resolve-filter.ts';
import { CONTAINER_ENGINES, containerProfile } from '../../../support/container-profiles.ts';
import { emulate } from '../../support/emulate.ts';
import { filterOf } from '../../support/policy.ts';
import { Libseccomp } from '../support/libseccomp.ts';
import { NamedCalls } from '../support/same-answers.ts';

const libseccomp = new Libseccomp();
afterAll(() => libseccomp[Symbol.dispose]());

/** What a profile says of the containers that an entry is for. */
interface Scope {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
  readonly minKernel?: string;
}

/** The entries that an engine hands to the runtime on x86-64, on a kernel that is young enough for all. */
function decided(text: string, capabilities: ReadonlySet<string>): string {
  const profile = JSON.parse(text.replaceAll(/("value(?:Two)?": *)(\d+)/g, '$1"$2"')) as {
    syscalls: { includes?: Scope; excludes?: Scope }[];
  };
  const applies = ({ includes = {}, excludes = {} }: { includes?: Scope; excludes?: Scope }): boolean =>
    (includes.arches ?? ['amd64']).includes('amd64') &&
    (includes.caps ?? []).every((name) => capabilities.has(name)) &&
    !(excludes.arches ?? []).includes('amd64') &&
    !(excludes.caps ?? []).some((name) => capabilities.has(name)) &&
    excludes.minKernel === undefined;
  const syscalls = profile.syscalls.filter(applies);
  return JSON.stringify({ ...profile, syscalls }).replaceAll(/("value(?:Two)?":)"(\d+)"/g, '$1$2');
}

function options(capabilities: ReadonlySet<string>): Parameters<typeof importOci>[1] {
  return { file: 'default.json', architecture: 'x86_64', capabilities, kernel: { major: 6, minor: 1 } };
}

const CASES = CONTAINER_ENGINES.flatMap((engine) =>
  [[], ['CAP_CHOWN', 'CAP_SYS_CHROOT'], ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_SYS_TIME']].map(
    (capabilities) => ({ engine, capabilities }),
  ),
);

test.each(CASES)(
  'the profile of $engine with $capabilities is what the runtime makes of it, and is the same when it was exported',
  ({ engine, capabilities: names }) => {
    const capabilities = new Set(names);
    const text = containerProfile(engine);
    const { filter: imported, diagnostics } = importOci(text, options(capabilities));
    if (imported === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
    const ours = importedFilter(imported, 'x86_64').filter;
    const calls = new NamedCalls(ours);
    const [wanted, program] = [calls.ofFilter(ours), libseccomp.compile(decided(text, capabilities))];
    expect(calls.wider(calls.ofProgram(program), wanted)).toBeUndefined();

    // Calls that are reported are narrower, and no others differ.
    const reported = diagnostics.flatMap(({ code, message }) =>
      code === 'oci-overlap' ? [message.replace(/:.*/, '')] : [],
    );
    const rules = [...reported.map((call) => `${call} -> kill_process`), ...UNJUDGED];
    const without = compileFilter(filterOf(rules, { default: { text: 'allow', span: undefined } }));
    expect(
      calls.difference(calls.stack([program, without]), calls.stack([compileFilter(ours), without])),
    ).toBeUndefined();

    const exported = String(exportOci(ours, { name: engine }).content);
    expect(calls.difference(wanted, calls.ofProgram(libseccomp.compile(exported)))).toBeUndefined();
    const again = importOci(exported, options(capabilities)).filter;
    expect(again && calls.difference(wanted, ofImport(calls, again))).toBeUndefined();
    const other = String(exportMinijail(ours, { name: engine }).content);
    const fromMinijail = importMinijail(other, options(capabilities)).filter;
    expect(fromMinijail && calls.wider(wanted, ofImport(calls, fromMinijail))).toBeUndefined();
    expect([again, fromMinijail]).not.toContain(undefined);
  },
);

function ofImport(calls: NamedCalls, imported: Parameters<typeof importedFilter>[0]): number {
  return calls.ofFilter(importedFilter(imported, 'x86_64').filter);
}

test('Docker`s own file with its own capabilities takes at most 95 instructions, and 9 for an allowed call', () => {
  const names =
    'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE';
  const capabilities = new Set(
    `${names} SYS_CHROOT KILL AUDIT_WRITE`.split(' ').map((name) => `CAP_${name}`),
  );
  const { filter } = importOci(containerProfile('docker'), options(capabilities));
  if (filter === undefined) throw new Error('no filter');
  const program = compileFilter(importedFilter(filter, 'x86_64').filter);
  expect(program.instructions.length).toBeLessThanOrEqual(95);
  const allowed = [...syscallNumbers('x86_64').keys()]
    .map((nr) => emulate(program, AUDIT_ARCH.x86_64, nr))
    .filter(({ answer }) => answer === 0x7fff0000);
  expect(allowed.length).toBeGreaterThan(250);
  const executed = allowed.reduce((sum, one) => sum + one.executed, 0);
  expect(executed / allowed.length).toBeLessThanOrEqual(9);
});
