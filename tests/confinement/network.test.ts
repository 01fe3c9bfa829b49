import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import {
  type ProbedService,
  serveBuiltProbes,
  serveProbes,
  writeProbePolicy,
} from '../support/probe-program.ts';
import { ORDINARY_UID, prepareGround, testAttacks } from './support/ground.ts';

const ground = prepareGround();

/** Somebody else's service on the host, and a port that is free. */
const TARGET = freePort();
const FREE = freePort();
let reached = 0;
let target: Server;

beforeAll(async () => {
  target = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => target.listen(TARGET, '127.0.0.1', resolve));
});
afterAll(() => {
  target.close();
});

/** What probes say on standard error. */
async function logged(service: { launch: { events: readonly object[] } }, text: string): Promise<void> {
  const texts = (): unknown[] => service.launch.events.map((event) => 'text' in event && event.text);
  await expect.poll(texts).toContain(text);
}

describe('the handed socket, which was made in the network of the host', () => {
  test('cannot be dialled again', async () => {
    const { bare, open, confined, unprivileged } = ground();
    const before = reached;
    await bare.attempt(`redial ${TARGET}`);
    await expect.poll(() => reached).toBe(before + 1);
    await open.attempt(`redial ${TARGET}`);
    await logged(open, 'redial: EACCES');
    expect(await confined.attempt(`redial ${TARGET}`)).toBe('SIGSYS');
    expect(await unprivileged.attempt(`redial ${TARGET}`)).toBe('SIGSYS');
    expect(reached).toBe(before + 1);
  });

  test('cannot listen on another port', async () => {
    const { bare, open, confined } = ground();
    expect(await bare.attempt(`relisten ${FREE}`)).toBe('');
    await open.attempt(`relisten ${FREE}`);
    await logged(open, 'relisten: EACCES');
    expect(await confined.attempt(`relisten ${FREE}`)).toBe('SIGSYS');
  });

  test('can be dialled again where the policy opens it and gives the network of the host', async () => {
    const { folder, program } = ground();
    const before = reached;
    await using opened = await serveProbes(folder, program, {
      default: 'allow',
      rules: ['getpid'],
      lines: ['network: host'],
    });
    await opened.attempt(`redial ${TARGET}`);
    await logged(opened, 'redial: done');
    await expect.poll(() => reached).toBe(before + 1);
  });
});

testAttacks('the handed socket', ground, [
  { request: `fast-open-here ${TARGET}`, bare: 'EISCONN', open: 'EISCONN', confined: 'SIGSYS' },
  { request: 'list-interfaces', bare: '2 interfaces', confined: 'SIGSYS' },
  { request: 'set-option 1009', bare: 'done', confined: 'done' }, // SO_KEEPALIVE, which a service may want
  { request: 'set-option 1002', bare: 'done', confined: 'SIGSYS' }, // SO_REUSEADDR
  { request: 'set-option 1015', bare: 'done', confined: 'SIGSYS' }, // SO_REUSEPORT
  { request: 'set-option 1060', bare: 'done', confined: 'SIGSYS' }, // SO_ZEROCOPY
  { request: 'set-option 1027', bare: 'ENOENT', confined: 'SIGSYS' }, // SO_DETACH_FILTER
  { request: 'set-option 11', bare: 'done', confined: 'SIGSYS' }, // IP_RECVERR
]);

testAttacks('sockets of its own', ground, [
  { request: `dial ${TARGET}`, bare: 'done', open: 'EACCES', confined: 'SIGSYS' },
  { request: `dial-multipath ${TARGET}`, bare: 'done', open: 'ENETUNREACH', confined: 'SIGSYS' },
  { request: `dial-fast-open ${TARGET}`, bare: 'done', open: 'ENETUNREACH', confined: 'SIGSYS' },
  { request: `dial-fast-open-message ${TARGET}`, bare: 'done', open: 'ENETUNREACH', confined: 'SIGSYS' },
  { request: `dial-fast-open-messages ${TARGET}`, bare: 'done', open: 'ENETUNREACH', confined: 'SIGSYS' },
  { request: `send-datagram ${TARGET}`, bare: 'done', open: 'ENETUNREACH', confined: 'SIGSYS' },
  { request: 'bind-port 81', bareRoot: 'done', open: 'EACCES', confined: 'SIGSYS' },
  { request: `bind-port ${FREE}`, bare: 'done', open: 'EACCES', confined: 'SIGSYS' },
]);

describe('socket families', () => {
  // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK
  test.each([1, 2, 10, 16, 17, 38, 40])('family %i', async (family) => {
    const { bareRoot, confined, unprivileged } = ground();
    expect(await bareRoot.attempt(`open-family ${family}`)).toMatch(/^(done|EAFNOSUPPORT)$/);
    expect(await confined.attempt(`open-family ${family}`)).toBe('SIGSYS');
    expect(await unprivileged.attempt(`open-family ${family}`)).toBe('SIGSYS');
  });

  test('only those that the policy names', async () => {
    const { folder, program } = ground();
    await using service = await serveProbes(folder, program, {
      rules: [
        '@start',
        '@stdio',
        'socket(family == AF_UNIX)',
        'socket(family == AF_NETLINK) -> errno(EACCES)',
      ],
    });
    expect(await service.attempt('open-family 1')).toBe('done');
    expect(await service.attempt('open-family 16')).toBe('EACCES');
    expect(await service.attempt('open-family 2')).toBe('SIGSYS');
  });
});

describe('an abstract socket of somebody on the host', () => {
  let owner: Socket;
  const number = TARGET;

  beforeAll(async () => {
    owner = await dial(ground().bare.port);
    owner.write(`listen-abstract ${number}\n`);
    await new Promise((resolve) => owner.once('data', resolve));
  });
  afterAll(() => {
    owner.destroy();
  });

  test('is within reach behind inetd only', async () => {
    const { bare, open, confined, folder, program } = ground();
    expect(await bare.attempt(`dial-abstract ${number}`)).toBe('done');
    expect(await open.attempt(`dial-abstract ${number}`)).toBe('ECONNREFUSED');
    expect(await confined.attempt(`dial-abstract ${number}`)).toBe('SIGSYS');
    // In the network of the host it is Landlock that stops it.
    await using outside = await serveProbes(folder, program, {
      rules: ['@start', '@stdio', 'socket(family == AF_UNIX)', 'connect'],
      lines: ['network: host'],
    });
    expect(await outside.attempt(`dial-abstract ${number}`)).toBe('EPERM');
  });
});

describe('a loopback of its own', () => {
  const LOOPBACK = ['network: loopback', 'accept: { network: a test }'];
  /** The sockets and the calls that the loopback is for. */
  const RULES = [
    ...['@start', '@stdio', 'connect', 'bind', 'listen'],
    'socket(family == AF_INET, type == SOCK_STREAM)',
  ];

  /** A session that listens for as long as something is tried by others. */
  async function whileListening<Result>(service: ProbedService, port: number, act: () => Promise<Result>) {
    const socket = await dial(service.port);
    try {
      const said = new Promise<string>((resolve) => socket.once('data', (text) => resolve(String(text))));
      socket.write(`listen-port ${port}\n`);
      return { listener: (await said).trim().replace(/^.*: /, ''), result: await act() };
    } finally {
      socket.destroy();
    }
  }

  const PLACES: readonly (readonly [string, (lines: readonly string[]) => Promise<ProbedService>])[] = [
    ['run as root', (lines) => serveProbes(ground().folder, ground().program, { rules: RULES, lines })],
    [
      'an executable',
      (lines) => serveBuiltProbes(ground().folder, ground().program, { rules: RULES, lines }),
    ],
    [
      'run without root',
      (lines) =>
        serveProbes(
          ground().folder,
          ground().program,
          { rules: RULES, lines: [...lines, `user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`] },
          { args: ['--unprivileged'], uid: ORDINARY_UID },
        ),
    ],
  ];

  test.each(PLACES)('joins the sessions of a service and nothing else: %s', async (_, serve) => {
    await using service = await serve(LOOPBACK);
    const port = freePort();
    const before = reached;
    const dialled = await whileListening(service, port, () => service.attempt(`dial ${port}`));
    expect(dialled).toEqual({ listener: 'done', result: 'done' });
    // Somebody else's service has this port on the loopback of the host.
    expect(await service.attempt(`dial ${TARGET}`)).toBe('ECONNREFUSED');
    expect(reached).toBe(before);
    // Another service has another loopback.
    await using other = await serve(LOOPBACK);
    const elsewhere = await whileListening(service, port, () => other.attempt(`dial ${port}`));
    expect(elsewhere).toEqual({ listener: 'done', result: 'ECONNREFUSED' });
  });

  test.each(PLACES)('is not there with network: none: %s', async (_, serve) => {
    await using service = await serve([]);
    const dialled = await whileListening(service, FREE, () => service.attempt(`dial ${FREE}`));
    expect(dialled).toEqual({ listener: 'EACCES', result: 'EACCES' });
  });

  test('lets a rule for connect dial again with the handed socket, as check says', async () => {
    const { folder, program } = ground();
    const before = reached;
    await using service = await serveProbes(folder, program, { rules: RULES, lines: LOOPBACK });
    await service.attempt(`redial ${TARGET}`);
    await logged(service, 'redial: done');
    await expect.poll(() => reached).toBe(before + 1);
    // Without that rule it does not, whatever the network is.
    const rules = RULES.filter((rule) => rule !== 'connect');
    await using quiet = await serveProbes(folder, program, { rules, lines: LOOPBACK });
    expect(await quiet.attempt(`redial ${TARGET}`)).toBe('SIGSYS');
    expect(reached).toBe(before + 1);
  });

  test('is an error beside a connection until it is accepted, and a warning beside a listener', async () => {
    const { folder, program } = ground();
    const check = async (lines: readonly string[]): Promise<string> => {
      const { file } = writeProbePolicy(folder, program, { lines });
      const { code, stdout } = await portcullis(['check', file]);
      return `${code} ${/(error|warning|note): with network: loopback .*/.exec(stdout)?.[0]}`;
    };
    const message =
      'with network: loopback the sessions of the service reach each other there, and a rule for connect also dials again with the handed socket, in the network of the host';
    expect(await check(['network: loopback'])).toBe(`1 error: ${message} [network-loopback]`);
    expect(await check(LOOPBACK)).toBe(`0 note: ${message}; accepted: a test [network-loopback]`);
    expect(await check(['network: loopback', 'handoff: listener'])).toBe(
      `0 warning: ${message} [network-loopback]`,
    );
  });
});
