import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { accepted } from '../support/findings.ts';
import { type ProcessState, processTree } from '../support/processes.ts';
import { compileAttempts } from './support/compile-attempts.ts';
import { SshService } from './support/ssh.ts';

const NOTHING = '0000000000000000';
/** CAP_SETGID and CAP_SETUID, numbers 6 and 7. */
const GRANTED = '00000000000000c0';

function capabilities({ status }: ProcessState): readonly (string | undefined)[] {
  return ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => status.get(set));
}

function of(service: SshService, uid: number): readonly ProcessState[] {
  const tree = processTree(service.running.process.pid ?? 0);
  return tree.filter(({ status }) => status.get('Uid') === Array(4).fill(uid).join('\t'));
}

/** The first words of a login, and what ends it. */
async function stay(
  service: SshService,
  command: string,
  options: { readonly user?: string; readonly key?: string } = {},
): Promise<{ readonly words: string; readonly leave: () => Promise<void> }> {
  const client = service.startSsh(command, options);
  const closed = once(client, 'close');
  const [bytes] = await once(client.stdout ?? client, 'data');
  return {
    words: `${bytes}`.trim(),
    leave: async () => {
      client.kill();
      await closed;
    },
  };
}

describe('what policies/dropbear.yaml leaves', () => {
  test('a login has no capability, the server has two', async () => {
    await using service = await new SshService().start();
    const login = await stay(service, 'echo $$; exec sleep 100');
    const [shell, ...others] = of(service, 61700);
    expect(others).toEqual([]);
    expect(shell?.status.get('Gid')).toBe('61700\t61700\t61700\t61700');
    expect(shell?.status.get('Groups')).toBe('61700');
    // The inheritable set outlives setuid(2). It is a mask over what a file brings, and here no file brings anything: see below.
    expect(shell && capabilities(shell)).toEqual([GRANTED, NOTHING, NOTHING, NOTHING, NOTHING]);
    expect(shell?.status.get('NoNewPrivs')).toBe('1');
    expect(shell?.status.get('Seccomp')).toBe('2');
    const server = of(service, 0).find(({ pid }) => pid === shell?.parent);
    expect(server && capabilities(server)).toEqual([GRANTED, GRANTED, GRANTED, NOTHING, GRANTED]);
    expect(server?.status.get('NoNewPrivs')).toBe('1');
    await login.leave();
  });

  test('a login sees no other process and ends none but its own, not even one of the same user', async () => {
    await using service = new SshService();
    const bobsKey = service.addUser('bob', 61701);
    await service.start();
    const login = await stay(service, 'echo $$; exec sleep 100');
    const bob = { user: 'bob', key: bobsKey };
    const attempts = `for pid in 1 -1 $PPID ${login.words}; do kill -9 $pid; done; ls /proc; ls /files/alice`;
    const outcomes = (who: string): string =>
      [
        ...['1', '-1', who, login.words].map((pid) => `sh: can't kill pid ${pid}: Operation not permitted`),
        'ls: /proc: No such file or directory',
      ].join('\n');
    for (const options of [bob, {}]) {
      const { stdout } = await service.ssh('echo $PPID', options);
      expect(stdout).toMatch(/^\d+\n$/);
      const { stderr } = await service.ssh(attempts, options);
      const parent = /can't kill pid (\d+)/.exec(stderr.split('\n')[2] ?? '')?.[1] ?? '';
      expect(stderr).toContain(outcomes(parent));
    }
    expect((await service.ssh('ls /files/alice', bob)).stderr).toContain('Permission denied');
    expect(of(service, 61700)).toHaveLength(1);
    await login.leave();
  });

  test('what a user leaves behind ends with the service, and counts until then', async () => {
    await using service = new SshService({ 'nproc: 64': 'nproc: 4' });
    const erin = { user: 'erin', key: service.addUser('erin', 61709) };
    await service.start();
    const leave = 'sleep 100 < /dev/null > /dev/null 2>&1 & echo left';
    expect((await service.ssh(`${leave}; ${leave}`, erin)).stdout).toBe('left\nleft\n');
    const left = of(service, 61709).map(({ pid }) => pid);
    expect(left).toHaveLength(2);
    expect((await service.ssh('sleep 1 & sleep 1 & sleep 1 & echo more', erin)).stderr).toContain(
      "can't fork",
    );
    expect(await service.running.stop()).toBe(0);
    expect(left.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  });

  test('a number that the filter does not know does not log in', async () => {
    await using service = new SshService();
    const key = service.addUser('dave', 1000);
    await service.start();
    expect((await service.ssh('echo done', { user: 'dave', key })).stdout).toBe('');
    const end = await service.running.waitFor(({ event }) => event === 'end');
    expect(end).toMatchObject({ signal_name: 'SIGSYS' });
  });

  test('for one user the server needs no privilege: neither root nor a capability', async () => {
    await using service = new SshService({
      'user: root': 'user: 61700\ngroup: 61700',
      'reason: dropbear becomes the user who has logged in\n': '',
      'capabilities: [setgid, setuid]\naccept:\n': '',
      '  CAP_SETGID: who logs in gets a group; the filter allows ten of them, one at a time\n': '',
      '  CAP_SETUID: who logs in becomes a user; the filter allows ten of them, and who has become one has neither capability\n':
        '',
    });
    const bobsKey = service.addUser('bob', 61701);
    chownSync(join(service.root, 'etc/hostkey'), 61700, 61700);
    expect(await accepted(service.policy)).toEqual([]);
    await service.start();
    expect((await service.ssh('id -u; echo words > files/new; cat files/new')).stdout).toBe('61700\nwords\n');
    expect((await service.ssh('id', { user: 'bob', key: bobsKey })).status).toBe(255);
    expect(of(service, 0)).toEqual([]);
    expect(await service.running.stop()).toBe(0);
  });
});

/** What a login and a server that was taken over try; all of it works for root outside. */
const BY_LOGIN: readonly (readonly [attempt: string, outcome: string])[] = [
  ['setuid 61701', 'EPERM'],
  ['seteuid 0', 'EPERM'],
  ['setgid 61701', 'EPERM'],
  ['setgroup 6', 'EPERM'],
  ['read /etc/hostkey', 'EACCES'],
  ['write /home/alice/.ssh/authorized_keys', 'EACCES'],
  ['set-id /files/alice/tool', 'EPERM'],
  ['setuid 0', 'SIGSYS'],
  ['setgroups 6', 'SIGSYS'],
  ['chroot /files', 'SIGSYS'],
];

const BY_SERVER: readonly (readonly [attempts: string, outcome: string])[] = [
  // Root by number, and no more than that.
  ['setgroups 6', 'SIGSYS'],
  ['setuid 0', 'SIGSYS'],
  ['setuid 1000', 'SIGSYS'],
  ['setgid 6', 'SIGSYS'],
  ['seteuid 65534', 'SIGSYS'],
  ['chroot /files', 'SIGSYS'],
  ['write /home/alice/.ssh/authorized_keys', 'EACCES'],
  ['write /etc/passwd', 'EACCES'],
  ['make /home/alice/.ssh/more', 'EACCES'],
  ['make /bin/more', 'EACCES'],
  ['read /files/alice/tool', 'EACCES'],
  ['write /dev/null', 'done'],
  ['remove /dev/null', 'EACCES'],
  ['link /dev/more', 'EACCES'],
  ['set-id /bin/sh', 'EPERM'],
  // What the head of the policy says, and how to keep it from that.
  ['open-up /etc/hostkey', 'done'],
  ['signal 1', 'EPERM'],
  // It becomes a user, which is its work, and there is no way back.
  ['setgid 61700 setuid 61700 read /files/alice/tool', 'done'],
  ['setuid 61700 seteuid 0', 'EPERM'],
  ['setuid 61700 setgroup 61700', 'EPERM'],
  ['setuid 61700 setuid 61701', 'EPERM'],
  ['setuid 61700 write /home/alice/.ssh/authorized_keys', 'EACCES'],
];

describe('code of an attacker', () => {
  test('behind a login gains nothing', async () => {
    await using service = new SshService();
    compileAttempts(join(service.root, 'bin/attempt'));
    const tool = join(service.root, 'files/alice/tool');
    writeFileSync(tool, '', { mode: 0o600 });
    chownSync(tool, 61700, 61700);
    await service.start();
    for (const [attempt, outcome] of BY_LOGIN) {
      const outside = execFileSync('chroot', [service.root, '/bin/attempt', ...attempt.split(' ')]);
      expect(`${outside}`).toBe(`${attempt}: done\n`);
      chmodSync(tool, 0o600);
      const { stdout, stderr } = await service.ssh(`attempt ${attempt} || echo $?`);
      const expected = outcome === 'SIGSYS' ? '159\n' : `${attempt}: ${outcome}\n`;
      expect(stdout, `${attempt} ${stderr}`).toBe(expected);
    }
  });

  test('gains nothing by a file that passes on inheritable capabilities either', async () => {
    await using service = new SshService();
    compileAttempts(join(service.root, 'bin/attempt'));
    const program = join(service.root, 'bin/attempt');
    execFileSync('setcap', ['cap_setuid,cap_setgid=ei', program]);
    const outside = [
      '--reuid',
      '61700',
      '--regid',
      '61700',
      '--clear-groups',
      '--inh-caps',
      '+setuid,+setgid',
    ];
    expect(`${execFileSync('setpriv', [...outside, program, 'setuid', '61701'])}`).toBe(
      'setuid 61701: done\n',
    );
    await service.start();
    const { stdout } = await service.ssh('attempt setuid 61701 setgid 61701 setgroup 6');
    expect(stdout).toBe('setuid 61701: EPERM\nsetgid 61701: EPERM\nsetgroup 6: EPERM\n');
  });

  test('in the place of the server becomes a user and nothing else', async () => {
    await using service = new SshService();
    const keys = join(service.root, 'home/alice/.ssh/authorized_keys');
    const before = readFileSync(keys, 'utf8');
    compileAttempts(join(service.root, 'usr/sbin/dropbear'));
    const tool = join(service.root, 'files/alice/tool');
    writeFileSync(tool, '', { mode: 0o600 });
    chownSync(tool, 61700, 61700);
    await service.start();
    for (const [index, [attempts, outcome]] of BY_SERVER.entries()) {
      const answer = await exchange(service.port, `${attempts}\n`);
      const lines = answer.trimEnd().split('\n');
      const end = await service.running.waitFor(
        (event) => event.event === 'end' && event['session'] === index + 1,
      );
      const last = end['signal_name'] ?? lines.at(-1)?.replace(/.*: /, '');
      expect(last, `${attempts}: ${answer}`).toBe(outcome);
      expect(lines.slice(0, -1).filter((line) => !line.endsWith(': done'))).toEqual([]);
    }
    expect(readFileSync(keys, 'utf8')).toBe(before);
    expect(statSync(join(service.root, 'bin/sh')).mode & 0o7777).toBe(0o755);
    expect(statSync(join(service.root, 'dev/null')).isCharacterDevice()).toBe(true);
  });

  test('in the place of the server changes no mode where the tree is read-only', async () => {
    await using service = new SshService();
    const { root } = service;
    compileAttempts(join(root, 'usr/sbin/dropbear'));
    renameSync(join(root, 'files'), `${root}-files`);
    mkdirSync(join(root, 'files'));
    // The mounts are in a namespace of the launcher, not in that of the test.
    const head = readFileSync(service.policy, 'utf8');
    const mounts = head.match(/(?<=`)\S+ \S+ none bind\S* 0 0(?=`)/g) ?? [];
    expect(mounts).toHaveLength(2);
    const table = service.folder.write('fstab', `${mounts.join('\n')}\n`);
    const script = `mount -T ${table} ${root} && mount -T ${table} ${root}/files && exec "$@"`;
    await service.start({ prefix: ['unshare', '--mount', 'sh', '-ec', script, 'sh'] });
    for (const [attempts, outcome] of [
      ['open-up /etc/hostkey', 'EROFS'],
      ['setgid 61700 setuid 61700 make /files/alice/new', 'done'],
    ]) {
      const answer = await exchange(service.port, `${attempts}\n`);
      expect(answer.trimEnd().split(': ').at(-1), answer).toBe(outcome);
    }
  });
});
