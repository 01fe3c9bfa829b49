import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

const PROFILE = `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    { "names": ["read", "chroot"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"], "minKernel": "5.2" } }
  ]
}
`;

const POLICY = 'portcullis: 1\nservice: shown\nlisten: tcp://127.0.0.1:9\nrun: [/bin/cat]\n';

describe('portcullis import', () => {
  test('prints a section, which export reads again', async () => {
    using folder = new TestFolder();
    const profile = folder.write('profile.json', PROFILE);
    const { code, stdout, stderr } = await portcullis(['import', 'oci', profile, '--arch', 'x86_64']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      `# Imported from ${profile} (oci) for x86_64.\nseccomp:\n  default: errno(EPERM)\n`,
    );
    const section = folder.write('section.yaml', stdout);
    const exported = await portcullis(['export', 'oci', section, '--arch', 'x86_64', '--strict']);
    expect({ code: exported.code, stderr: exported.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(exported.stdout)).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['chroot', 'read'], action: 'SCMP_ACT_ALLOW' }],
    });
  });

  test('asks about capabilities and the kernel', async () => {
    using folder = new TestFolder();
    const profile = folder.write('profile.json', PROFILE);
    const admin = ['import', 'oci', profile, '--capability', 'sys_admin'];
    const old = await portcullis([...admin, '--kernel', '4.19']);
    expect(old.stdout).not.toContain('- mount');
    const young = await portcullis([...admin, '--kernel', '6.1']);
    expect(young.stdout).toContain('- mount');
    const unknown = await portcullis(admin);
    expect(unknown.stdout).not.toContain('- mount');
    expect(unknown.stdout).toContain('# One thing was lost: import it again to see what.\n');
    expect(unknown.stderr).toMatch(/profile\.json:5:\d+: warning: .* \[oci-kernel\]\n/);
    const strict = await portcullis([...admin, '--strict', '-o', join(folder.path, 'none.yaml')]);
    expect({ code: strict.code, stdout: strict.stdout }).toEqual({ code: 1, stdout: '' });
    expect(() => readFileSync(join(folder.path, 'none.yaml'))).toThrow('ENOENT');
  });

  test('writes a file, and says as data what it says to people', async () => {
    using folder = new TestFolder();
    const profile = folder.write('profile.json', PROFILE);
    const out = join(folder.path, 'out.yaml');
    const { code, stdout } = await portcullis(['import', 'oci', profile, '--json', '-o', out]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ content: readFileSync(out, 'utf8'), diagnostics: [] });
    const wrong = folder.write('wrong.json', '{ "defaultAction": "ALLOW" }');
    const refused = await portcullis(['import', 'oci', wrong, '--json']);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      content: null,
      diagnostics: [{ code: 'oci-action' }],
    });
  });

  test('tells what cannot be read from what is used wrongly', async () => {
    for (const [args, message] of [
      [['import', 'oci', '/nonexistent'], "cannot read '/nonexistent'"],
      [['import', 'oco', 'x.json'], "did you mean 'oci'?"],
      [['import', 'oci'], 'FILE is missing'],
      [['import', 'oci', '/dev/null', '--kernel', 'new'], '--kernel takes a version'],
      [['import', 'oci', '/dev/null', '--capability', 'net_rw'], "did you mean 'CAP_NET_RAW'?"],
      [['import', 'oci', '/dev/zero'], "'/dev/zero' is larger than 64 MiB"],
      [['import', 'oci', '/tmp'], "cannot read '/tmp': it is a directory"],
      [['export', 'oci', '/nonexistent.yaml'], "cannot read '/nonexistent.yaml'"],
    ] as const) {
      const { code, stderr } = await portcullis(args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).toContain(message);
    }
  });
});

describe('portcullis export', () => {
  test('says that exec: once is kept by the gate alone', async () => {
    using folder = new TestFolder();
    const policy = folder.write('policy.yaml', `${POLICY}seccomp: { rules: [read, execve, execveat] }\n`);
    const { code, stdout, stderr } = await portcullis(['export', 'oci', policy]);
    expect(code).toBe(0);
    expect(stderr).toContain('[export-exec]');
    expect(stdout).not.toContain('execve');
    expect((await portcullis(['export', 'oci', policy, '--strict'])).code).toBe(1);
    const allowed = await portcullis(['export', 'oci', policy, '--strict', '--allow-exec']);
    expect(allowed.code).toBe(0);
    expect(allowed.stdout).toContain('"execve"');
    expect(allowed.stdout).not.toContain('"execveat"');
  });

  test('leaves out the signals that only a launch keeps within a session', async () => {
    using folder = new TestFolder();
    const policy = folder.write('policy.yaml', `${POLICY}seccomp: { rules: ["@threads", "@signal-self"] }\n`);
    const answer = async (name: string, file: string): Promise<string> => {
      const { stdout } = await portcullis(['bpf', 'sim', file, '--call', `${name}(7, 7, 9)`]);
      return /^ {2}answer {2}(.*)$/m.exec(stdout)?.[1] ?? stdout;
    };
    const bpf = join(folder.path, 'policy.bpf');
    expect((await portcullis(['export', 'bpf', policy, '-o', bpf])).code).toBe(0);
    for (const call of [
      'kill',
      'tkill',
      'tgkill',
      'rt_sigqueueinfo',
      'rt_tgsigqueueinfo',
      'sched_getaffinity',
    ]) {
      expect(await answer(call, policy), call).toBe('allow');
      expect(await answer(call, bpf), call).toBe('kill_process');
    }
    const profile = await portcullis(['export', 'oci', policy]);
    expect(profile.stdout).not.toContain('tgkill');
    const section = folder.write('section.yaml', 'seccomp: { rules: ["@threads", "@signal-self"] }\n');
    expect(await answer('tgkill', section)).toBe('kill_process');
  });

  test('lets execve through where the policy allows programs', async () => {
    using folder = new TestFolder();
    const policy = folder.write('policy.yaml', `${POLICY}exec: allow\nseccomp: { rules: [read] }\n`);
    const { code, stdout } = await portcullis(['export', 'oci', policy, '--strict']);
    expect(code).toBe(0);
    expect(stdout).toContain('"execve"');
  });

  test('refuses every exec by name where the default would allow it', async () => {
    using folder = new TestFolder();
    const policy = folder.write('policy.yaml', `${POLICY}seccomp: { default: allow, rules: [] }\n`);
    const { stdout } = await portcullis(['export', 'oci', policy]);
    expect(JSON.parse(stdout)).toMatchObject({
      syscalls: expect.arrayContaining([
        { names: ['execve', 'execveat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      ]),
    });
  });

  test('names the policy in what it writes, and reports the errors of a policy', async () => {
    using folder = new TestFolder();
    const policy = folder.write('policy.yaml', `${POLICY}seccomp: { rules: [read] }\n`);
    const header = await portcullis(['export', 'c-header', policy]);
    expect(header.stdout).toContain('shown_filter[]');
    const wrong = folder.write('wrong.yaml', 'seccomp: { rules: [reed] }\n');
    const { code, stdout, stderr } = await portcullis(['export', 'bpf', wrong]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("did you mean 'read'?");
  });

  test('of a raw program is imported as the same filter', async () => {
    using folder = new TestFolder();
    const rules = '[read, "write(fd in {1, 2})", "kill(pid:64 == 1) -> errno(ESRCH)"]';
    const section = folder.write('section.yaml', `seccomp: { default: trap, rules: ${rules} }\n`);
    const [bpf, again] = [join(folder.path, 'a.bpf'), join(folder.path, 'again.yaml')];
    expect((await portcullis(['export', 'bpf', section, '-o', bpf])).code).toBe(0);
    const { code, stderr } = await portcullis(['import', 'bpf', bpf, '-o', again, '--strict']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await portcullis(['export', 'bpf', again, '-o', `${bpf}2`])).code).toBe(0);
    const { code: different, stdout } = await portcullis(['diff', bpf, `${bpf}2`]);
    expect({ different, stdout }).toMatchObject({ different: 0 });
    const cut = folder.write('cut.bpf', 'seven b');
    expect((await portcullis(['import', 'bpf', cut])).stderr).toContain('whole instructions of 8 bytes');
  });
});
