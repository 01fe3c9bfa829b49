import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';
import { inWorld, PROGRAMS } from './support/in-world.ts';

/**
 * Starts the naive inetd in a world and does something beside it. `configuration` is its file; `code` has `inetd`, the
 * process, `dial(port)`, a connection, `children()`, the processes that it has started, and `status(pid)`, the lines of
 * /proc/PID/status by name. The value of the code is returned.
 */
async function beside(options: readonly string[], configuration: string, code: string): Promise<unknown> {
  const script = `
    import fs from 'node:fs'; import net from 'node:net'; import dgram from 'node:dgram';
    import { spawn } from 'node:child_process';
    fs.mkdirSync('/jail/lab', { recursive: true });
    fs.copyFileSync('/lab/bin/service', '/jail/lab/service');
    fs.writeFileSync('/etc/inetd.conf', ${JSON.stringify(configuration)});
    const inetd = spawn('/lab/bin/inetd', [...${JSON.stringify(options)}, '/etc/inetd.conf']);
    let output = '';
    for (const stream of [inetd.stdout, inetd.stderr]) stream.on('data', (bytes) => { output += bytes; });
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    const until = async (isTrue) => { for (let i = 0; i < 400 && !isTrue(); i++) await pause(10); };
    const children = () => fs.readFileSync(\`/proc/\${inetd.pid}/task/\${inetd.pid}/children\`, 'utf8').trim().split(' ').filter(Boolean);
    const status = (pid) => Object.fromEntries(fs.readFileSync(\`/proc/\${pid}/status\`, 'utf8').trim().split('\\n').map((line) => line.split(/:\\s*/)));
    const links = (pid) => fs.readdirSync(\`/proc/\${pid}/fd\`).map((fd) => fs.readlinkSync(\`/proc/\${pid}/fd/\${fd}\`));
    const dial = (port) => new Promise((done, fail) => { const socket = net.connect(port, '127.0.0.1', () => done(socket)); socket.on('error', fail); });
    const ask = async (socket, line) => { socket.write(line + '\\n'); return await new Promise((done) => socket.once('data', (bytes) => done(String(bytes)))); };
    await until(() => output.includes('ready') || inetd.exitCode !== null);
    const value = await (async () => { ${code} })();
    console.log(JSON.stringify(value));
    process.exit(0);`;
  const { stdout, stderr } = await inWorld(script);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const CAT = '7001 tcp nowait /lab/bin/service service\n';
const JAILED = '7001 tcp nowait /lab/service service\n';
/** Descriptor 2 of the father is one more socket, a pair of this test. */
const CHILD = `
  await ask(await dial(7001), 'hello you');
  const [child] = children();
  const { Uid, Gid, CapEff, NoNewPrivs } = status(child);
  return { uid: Uid.split('\\t')[0], gid: Gid.split('\\t')[0], hasCapabilities: CapEff !== '0000000000000000',
    noNewPrivs: NoNewPrivs, seesRoot: links(child).includes('/'), root: fs.readlinkSync(\`/proc/\${child}/root\`),
    sockets: links(child).filter((link) => link.startsWith('socket:')).length,
    father: status(inetd.pid).CapEff };`;

test('says first that it is unsafe on purpose, and that it is ready last', async () => {
  expect(await beside([], CAT, 'return output;')).toBe(
    'This inetd is unsafe on purpose: it is there to be attacked, in a network of its own.\nready\n',
  );
});

test('a child is as much root as the father, and has what the father left open', async () => {
  expect(await beside([], CAT, CHILD)).toMatchObject({
    uid: '0',
    gid: '0',
    hasCapabilities: true,
    noNewPrivs: '0',
    seesRoot: true,
    root: '/',
    sockets: 5,
  });
});

test.each([
  { options: ['--user', '61001'], child: { uid: '61001', gid: '61001', hasCapabilities: false } },
  { options: ['--uid-only', '61001'], child: { uid: '61001', gid: '0', hasCapabilities: false } },
  { options: ['--close-descriptors'], child: { seesRoot: false, sockets: 3 } },
  { options: ['--no-new-privs'], child: { noNewPrivs: '1' } },
  { options: ['--keep-only-bind'], child: { father: '0000000000000400', uid: '0' } },
])('$options repairs one weakness', async ({ options, child }) => {
  expect(await beside(options, CAT, CHILD)).toMatchObject(child);
});

test('--chroot changes the root of a child', async () => {
  expect(await beside(['--chroot', '/jail'], JAILED, CHILD)).toMatchObject({ root: '/jail', seesRoot: true });
});

test('there is a child for each client, and --limit is a number', async () => {
  const code = `
    for (let i = 0; i < 30; i++) await dial(7001);
    await until(() => children().length >= 30);
    await pause(100);
    return children().length;`;
  expect(await beside([], CAT, code)).toBe(30);
  expect(
    await beside(['--limit', '5'], CAT, code.replace('until(() => children().length >= 30)', 'pause(400)')),
  ).toBe(5);
});

test('wait gives one child the listening socket: one client after the other', async () => {
  const code = `
    const first = await dial(7001);
    await until(() => children().length > 0);
    const second = await dial(7001);
    let answer = '';
    second.on('data', (bytes) => { answer += bytes; });
    second.write('hello second\\n');
    await pause(400);
    const before = answer;
    const count = children().length;
    first.end();
    await until(() => answer !== '');
    return { before, after: answer, count };`;
  expect(await beside([], CAT.replace('nowait', 'wait'), code)).toEqual({
    before: '',
    after: 'hello second\n',
    count: 1,
  });
});

test('a datagram starts a child with a socket that is connected to its sender', async () => {
  const code = `
    const client = dgram.createSocket('udp4');
    const answered = new Promise((done) => client.on('message', (bytes) => done(String(bytes))));
    client.send('hello', 7002, '127.0.0.1');
    return await answered;`;
  expect(await beside([], '7002 udp nowait /bin/cat cat\n', code)).toBe('hello');
});

test.each([
  {
    line: '7001 tcp nowait',
    says: '/etc/inetd.conf:2: expected PORT tcp|udp wait|nowait PROGRAM NAME, found 3 words',
  },
  { line: 'echo tcp nowait /bin/cat cat', says: "/etc/inetd.conf:2: 'echo' is no port" },
  { line: '7001 sctp nowait /bin/cat cat', says: "/etc/inetd.conf:2: expected tcp or udp, found 'sctp'" },
  { line: '7001 tcp never /bin/cat cat', says: "/etc/inetd.conf:2: expected wait or nowait, found 'never'" },
])('the line $line is refused with its place', async ({ line, says }) => {
  expect(await beside([], `# a comment\n${line}\n`, 'return output;')).toContain(`inetd: ${says}\n`);
});

test('it starts only where there is no network but the loopback', () => {
  using folder = new TestFolder();
  const file = folder.write('inetd.conf', CAT);
  const commands = `ip link add wire type veth peer name other && exec ${join(PROGRAMS, 'inetd')} ${file}`;
  const { status, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', commands], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toBe(
    'inetd: this host has the interface other: start it in a network namespace of its own\n',
  );
});
