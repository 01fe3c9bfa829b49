import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { accepted } from '../support/findings.ts';
import type { RunEvent } from '../support/launch.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { SshService } from './support/ssh.ts';

const LARGE = randomBytes(3_000_000);

describe('policies/dropbear.yaml', () => {
  test('accepts two capabilities, and nothing else is to be found', async () => {
    await using service = new SshService();
    expect(await accepted(service.policy)).toEqual([
      'capability-power: a service with CAP_SETGID is hardly confined: it becomes any group',
      'capability-power: a service with CAP_SETUID is hardly confined: it becomes any user, root included',
    ]);
  });

  test('a user logs in with a key and runs commands, over IPv4 and IPv6', async () => {
    await using service = await new SshService().start();
    expect(await service.ssh('id; pwd; exit 3')).toEqual({
      status: 3,
      stdout: 'uid=61700(alice) gid=61700 groups=61700\n/home/alice\n',
      stderr: '',
    });
    const kept = await service.ssh('cat > files/large && wc -c < files/large', {
      host: '::1',
      input: LARGE,
    });
    expect(kept).toEqual({ status: 0, stdout: '3000000\n', stderr: '' });
    const file = join(service.root, 'files/alice/large');
    expect(readFileSync(file).equals(LARGE)).toBe(true);
    expect(statSync(file)).toMatchObject({ uid: 61700, gid: 61700 });
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const script = ['cd files', 'ls | sort -r | head -1', 'echo $(grep -c x missing)', 'ulimit -n 8'];
    const answer = await service.ssh('sh', { input: `${script.join('\n')}\n` });
    expect(answer.stdout).toBe('large\n\n');
    expect(answer.stderr).toContain('missing: No such file or directory');
    expect(answer.stderr).toContain('Operation not permitted');
    expect((await service.ssh('sleep 100 & kill $!; wait $!; echo $?')).stdout).toBe('143\n');
    await expectNoneKilled(service);
  });

  test('a call that is denied after the login is told, of a user whom no gate may end', async () => {
    await using service = new SshService();
    symlinkSync('sh', join(service.root, 'bin/chroot'));
    await service.start();
    expect(await service.ssh('chroot files; echo $?; chroot files')).toMatchObject({ stdout: '159\n' });
    const { events } = service.running;
    const isDenied = ({ event }: RunEvent): boolean => event === 'denied';
    await service.running.waitFor(() => events.filter(isDenied).length === 2);
    for (const event of events.filter(isDenied)) {
      expect(event).toMatchObject({ call_name: 'chroot', allow: ['@change-user'] });
      expect(event).not.toHaveProperty('arguments');
    }
    await service.running.waitFor(({ event }) => event === 'end');
  });

  test('sftp and scp send, get, rename and link files; what is not allowed is an answer', async () => {
    await using service = await new SshService().start();
    const { folder, root } = service;
    const large = folder.write('large', '');
    writeFileSync(large, LARGE);
    chmodSync(large, 0o4755);
    const got = join(folder.path, 'got');
    const answer = await service.sftp([
      `put -p ${large} files/large`,
      'mkdir files/sub',
      'chmod 750 files/large',
      'rename files/large files/sub/large',
      'ln files/sub/large files/same',
      'ln -s sub/large files/link',
      `get -p files/link ${got}`,
      'df',
      '-chmod 4755 files/same',
      '-chown 0 files/same',
      '-get files/missing',
      '-rmdir files/sub',
      `-put ${large} /etc/large`,
      `-put ${large} .ssh/authorized_keys`,
      '-rm .ssh/authorized_keys',
      '-get /etc/hostkey',
      'rm files/same',
    ]);
    expect(answer.stderr.trimEnd().split(/\r?\n/)).toEqual([
      'remote setstat "/home/alice/files/same": Permission denied',
      'remote setstat "/home/alice/files/same": Permission denied',
      'File "/home/alice/files/missing" not found.',
      'remote rmdir "/home/alice/files/sub": Failure',
      'dest open "/etc/large": Permission denied',
      'dest open "/home/alice/.ssh/authorized_keys": Permission denied',
      'remote delete /home/alice/.ssh/authorized_keys: Permission denied',
      'remote open "/etc/hostkey": Permission denied',
    ]);
    expect(answer.status).toBe(0);
    expect(readFileSync(got).equals(LARGE)).toBe(true);
    const files = join(root, 'files/alice');
    expect(statSync(join(files, 'sub/large')).mode & 0o7777).toBe(0o750);
    expect(readlinkSync(join(files, 'link'))).toBe('sub/large');
    expect(existsSync(join(files, 'same'))).toBe(false);

    expect(await service.scp(large, 'alice@127.0.0.1:files/copied')).toMatchObject({ status: 0, stderr: '' });
    expect(lstatSync(join(files, 'copied')).mode & 0o6000).toBe(0);
    const back = join(folder.path, 'back');
    expect(await service.scp('alice@127.0.0.1:files/copied', back)).toMatchObject({ status: 0 });
    expect(readFileSync(back).equals(LARGE)).toBe(true);
    await expectNoneKilled(service);
  });

  test('several clients send and get at once', async () => {
    await using service = await new SshService().start();
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((number) =>
        service.ssh(`cat > files/${number} && cat files/${number} | wc -c`, { input: LARGE }),
      ),
    );
    expect(new Set(answers.map(({ stdout }) => stdout))).toEqual(new Set(['3000000\n']));
    await expectNoneKilled(service);
  });

  test('another key, a password, root and a name that nobody has are refused', async () => {
    await using service = await new SshService().start();
    // Mistakes of whoever keeps passwd: root has a line there, with the home of a user who may log in, and alice has no password.
    const passwd = join(service.root, 'etc/passwd');
    writeFileSync(passwd, `root:x:0:0::/home/alice:/bin/sh\n${readFileSync(passwd, 'utf8')}`);
    writeFileSync(passwd, readFileSync(passwd, 'utf8').replace('alice:x:', 'alice::'));
    const refused = { status: 255, stdout: '', stderr: expect.stringContaining('denied (publickey)') };
    const wrong = service.makeKey('wrong');
    expect(await service.ssh('id', { key: wrong })).toEqual(refused);
    expect(await service.ssh('id', { options: ['-o', 'PubkeyAuthentication=no'] })).toEqual(refused);
    expect(await service.ssh('id', { user: 'root' })).toEqual(refused);
    expect(await service.ssh('id', { user: 'carol' })).toEqual(refused);
    expect((await service.ssh('id -u')).stdout).toBe('61700\n');
    await expectNoneKilled(service);
  });

  test('there is no terminal, no forwarding of ports, of X11 or of an agent', async () => {
    await using service = await new SshService().start();
    const there = `127.0.0.1:${service.port}`;
    const terminal = await service.ssh('echo done', { options: ['-tt'] });
    expect(terminal).toMatchObject({ status: 255, stdout: '' });
    expect(terminal.stderr).toContain('PTY allocation request failed');
    expect((await service.ssh('', { options: ['-W', there] })).stderr).toContain('forwarding failed');
    const options = ['-o', 'ExitOnForwardFailure=yes', '-R', `0:${there}`];
    expect((await service.ssh('echo done', { options })).stderr).toContain('forwarding failed');
    const x11 = await service.ssh('echo "<$DISPLAY>"', { options: ['-X'], environment: { DISPLAY: ':9' } });
    expect(x11.stdout).toBe('<>\n');
    expect(x11.stderr).toContain('X11 forwarding request failed');
    const agent = { options: ['-A'], environment: { SSH_AUTH_SOCK: join(service.folder.path, 'agent') } };
    expect((await service.ssh('echo "<$SSH_AUTH_SOCK>"', agent)).stdout).toBe('<>\n');
    await expectNoneKilled(service);
  });

  test('a client that says something else, or nothing, costs a session that ends by itself', async () => {
    await using service = await new SshService({ 'time: 8h': 'time: 3s' }).start();
    for (const [index, text] of [
      '',
      'GET / HTTP/1.0\r\n\r\n',
      `SSH-2.0-x\r\n${'x'.repeat(100_000)}`,
    ].entries()) {
      const socket = await dial(service.port);
      // What the server has not read when it goes is an error here.
      socket.on('error', () => undefined);
      socket.end(text);
      const end = await service.running.waitFor(
        (event) => event.event === 'end' && event['session'] === index + 1,
      );
      expect(end).toMatchObject({ cause: 'exit' });
      expect(end['signal']).toBeUndefined();
      socket.destroy();
    }
    const shell = await service.ssh('echo here; sleep 100');
    expect(shell).toMatchObject({ status: 255, stdout: 'here\n' });
    await service.running.waitFor(({ cause }) => cause === 'time');
    expect((await service.ssh('echo again')).stdout).toBe('again\n');
  });
});
