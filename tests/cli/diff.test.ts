import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileFilter, encodeProgram } from '../../src/seccomp/index.ts';
import { filterOf } from '../seccomp/support/policy.ts';
import { dial } from '../support/dial.ts';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { processTree } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';

const NARROW = 'seccomp:\n  rules: [read, "write(fd in {1, 2})"]\n';
const WIDE = 'seccomp:\n  rules: [read, write, connect -> errno(EPERM)]\n';

test('a wider policy is told, in rules, and is a finding', async () => {
  using folder = new TestFolder();
  const [narrow, wide] = [folder.write('narrow.yaml', NARROW), folder.write('wide.yaml', WIDE)];
  const { code, stdout, stderr } = await portcullis(['diff', narrow, wide]);
  expect(stderr).toBe('');
  expect(stdout).toBe(
    [
      `${wide} is wider than ${narrow}:`,
      '  allow, was kill_process:',
      '    write(fd == 0 || fd >= 3)',
      '',
      `${wide} answers otherwise than ${narrow}:`,
      '  errno(EPERM), was kill_process:',
      '    connect',
      '',
    ].join('\n'),
  );
  expect(code).toBe(1);
});

test('the reverse is none, and --at-most is silent about it', async () => {
  using folder = new TestFolder();
  const [narrow, wide] = [folder.write('narrow.yaml', NARROW), folder.write('wide.yaml', WIDE)];
  expect(await portcullis(['diff', '--at-most', wide, narrow])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  });
  const { code, stdout } = await portcullis(['diff', '--json', wide, narrow]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    { direction: 'narrower', calls: ['write(fd == 0 || fd >= 3)'], before: 'allow', after: 'kill_process' },
    { direction: 'otherwise', calls: ['connect'], before: 'errno(EPERM)', after: 'kill_process' },
  ]);
});

test('a raw program equals the policy that it was compiled from', async () => {
  using folder = new TestFolder();
  const policy = folder.write('narrow.yaml', NARROW);
  const raw = join(folder.path, 'narrow.bpf');
  writeFileSync(raw, encodeProgram(compileFilter(filterOf(['read', 'write(fd in {1, 2})'], {}))));
  expect(await portcullis(['diff', policy, raw])).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('a session that runs is held to its policy, and to nothing that is wider', async () => {
  using folder = new TestFolder();
  const port = freePort();
  const policy = shippedPolicy(folder, 'echo.yaml', { '[::]:7': `127.0.0.1:${port}` });
  await using running = await launchReady([policy]);
  const socket = await dial(port);
  socket.write('hello');
  // The answer comes from the program behind the exec: its filter is the session's.
  await new Promise((resolve) => socket.once('data', resolve));
  const session = processTree(running.process.pid ?? 0).find(({ status }) => status.get('Name') === 'cat');
  const pid = session?.pid;
  expect(await portcullis(['diff', policy, `pid:${pid}`])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  });
  const wider = folder.write('wider.yaml', 'seccomp:\n  rules: [connect]\n');
  expect((await portcullis(['diff', `pid:${pid}`, wider])).code).toBe(1);
  socket.destroy();
});

test.each([
  ['a process that is gone', 'pid:4194304', /cannot read the filters of process 4194304: .*ESRCH/],
  ['half an instruction', 'half.bpf', /half\.bpf: expected whole instructions of 8 bytes, found 4 bytes/],
  ['a program that the kernel refuses', 'endless.bpf', /endless\.bpf: .*refuse/],
  ['no file', 'missing.yaml', /missing\.yaml/],
  ['a policy with a mistake', 'wrong.yaml', /no system call is named 'raed'/],
])('%s is an error that says so, and never a finding', async (_, name, message) => {
  using folder = new TestFolder();
  folder.write('wrong.yaml', 'seccomp:\n  rules: [raed]\n');
  folder.write('half.bpf', '\u0006\u0000\u0000\u0000');
  folder.write('endless.bpf', '\u0000'.repeat(8));
  const policy = folder.write('narrow.yaml', NARROW);
  const operand = name.startsWith('pid:') ? name : join(folder.path, name);
  const { code, stdout, stderr } = await portcullis(['diff', policy, operand]);
  expect(stderr).toMatch(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
