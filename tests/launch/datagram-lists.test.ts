import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inOwnNetwork } from '../access/support/peers.ts';
import { Launch, launchReady } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
const folder = new TestFolder();
afterAll(() => {
  folder[Symbol.dispose]();
});
const program = join(folder.path, 'service');
execFileSync('gcc', ['-static', '-o', program, join(import.meta.dirname, 'datagram-service.c')]);

const LISTS = ['allow: [192.0.2.0/24, 2001:db8::/32]', 'deny: [192.0.2.128/25, 2001:db8:bad::/48]'];
const FOUR = { served: ['192.0.2.1', '192.0.2.127'], silent: ['192.0.2.128', '192.0.3.1', '127.0.0.1'] };
const SIX = {
  served: ['2001:db8::1', '2001:db8:bae::1'],
  silent: ['2001:db8:bad::1', '2001:db9::1', '::1', '::ffff:192.0.2.128'],
};

function policy(
  address: string,
  ...lines: readonly string[]
): { readonly file: string; readonly port: number } {
  const port = freePort();
  const text = [
    'portcullis: 1',
    'service: lists',
    `listen: ${address}:${port}`,
    'handoff: listener',
    `run: [${program}]`,
    `user: ${USER}`,
    `group: ${USER}`,
    ...lines,
    'accept: { sendto: answers, sendmsg: answers, sendmmsg: answers }',
    'seccomp: { rules: ["@service", "@datagram"] }',
  ];
  return { file: folder.write(`${port}.yaml`, `${text.join('\n')}\n`), port };
}

/** A network in which all addresses are local, for as long as a process of the test is in it. */
class Network {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async open(): Promise<Network> {
    const [first = '', ...rest] = [...inOwnNetwork(), 'sh', '-c', 'echo ready; exec cat'];
    const holder = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    return new Network(holder);
  }

  /** Leads a command into it. */
  get inside(): readonly string[] {
    return ['nsenter', '--net', `--target=${this.#holder.pid}`];
  }

  [Symbol.dispose](): void {
    this.#holder.stdin?.end();
  }
}

/** The peers of these addresses that get an answer; each asks the address that is its own. */
function answered(
  { inside }: Network,
  port: number,
  peers: readonly string[],
  word = 'hello',
): readonly string[] {
  const client = `
import socket, sys
for peer in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if ':' in peer else socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.3)
    s.bind((peer, 0))
    s.sendto(b'${word}', (peer, ${port}))
    try:
        if b' ${word} ' in s.recv(100): print(peer)
    except TimeoutError: pass
`;
  const [first = '', ...rest] = [...inside, 'python3', '-c', client, ...peers];
  const said = execFileSync(first, rest, { encoding: 'utf8' });
  return said.split('\n').filter((line) => line !== '');
}

function starts({ events }: Launch): number {
  return events.filter(({ event }) => event === 'start').length;
}

type Start = (file: string, network: Network) => Promise<Launch>;

const start: Start = (file, { inside }) => launchReady([file], { prefix: inside });

const startWithoutPageZero: Start = (file, { inside }) =>
  launchReady([file], { prefix: [...inside, 'setpriv', '--bounding-set=-sys_rawio'] });

/** Some kernels let ordinary users filter packets. Others ask for CAP_NET_ADMIN in the network, which is all that this user has. */
const startWithoutRoot: Start = (file, { inside }) => {
  const filtering = ['--inh-caps=+net_admin', '--ambient-caps=+net_admin'];
  const asUser = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...filtering];
  return launchReady([file], { args: ['--unprivileged'], prefix: [...inside, ...asUser] });
};

const startBuilt: Start = async (file, { inside }) => {
  const executable = file.replace(/\.yaml$/, '');
  const { code, stderr } = await portcullis(['build', file, '-o', executable]);
  expect(code, stderr).toBe(0);
  const [first = '', ...rest] = [...inside, executable];
  const running = new Launch(spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
  await running.waitFor(({ event }) => event === 'ready');
  return running;
};

describe('an access list of datagrams of both families', () => {
  test('is asked for by nobody without one', async () => {
    const { file, port } = policy('udp://[::]');
    using network = await Network.open();
    await using running = await start(file, network);
    const peers = [...FOUR.served, ...FOUR.silent, ...SIX.served, '2001:db8:bad::1', '::1'];
    expect(answered(network, port, peers)).toEqual(peers);
    await running.waitFor(({ event }) => event === 'start');
  });

  test.each<readonly [string, Start]>([
    ['run', start],
    ['run where page 0 cannot be mapped', startWithoutPageZero],
    ['run of an ordinary user', startWithoutRoot],
    ['an executable of its own', startBuilt],
  ])('of %s: refused peers start nothing, and the next process has the list too', async (_, launch) => {
    const { file, port } = policy('udp://[::]', ...LISTS);
    using network = await Network.open();
    await using running = await launch(file, network);
    expect(answered(network, port, [...FOUR.silent, ...SIX.silent])).toEqual([]);
    expect(starts(running)).toBe(0);
    expect(answered(network, port, [...FOUR.served, ...SIX.served])).toEqual([...FOUR.served, ...SIX.served]);
    expect(answered(network, port, ['192.0.2.1'], 'leave')).toEqual(['192.0.2.1']);
    await running.waitFor(({ event }) => event === 'end');
    expect(answered(network, port, FOUR.silent.slice(0, 1))).toEqual([]);
    expect(starts(running)).toBe(1);
    expect(answered(network, port, SIX.served)).toEqual(SIX.served);
    await running.waitFor(({ event, session }) => event === 'start' && session === 2);
  });

  test('counts the entries of one family where the socket takes one', async () => {
    const { file, port } = policy('udp6://[::]', 'allow: [2001:db8::/32]', 'deny: [2001:db8:bad::/48]');
    using network = await Network.open();
    await using running = await start(file, network);
    expect(answered(network, port, [...SIX.silent.slice(0, 3), ...SIX.served])).toEqual(SIX.served);
    await running.waitFor(({ event }) => event === 'start');
    expect(starts(running)).toBe(1);
  });
});
