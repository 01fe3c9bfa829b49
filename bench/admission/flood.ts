import { readFileSync } from 'node:fs';
import type { BenchFolder } from '../folder.ts';
import { tree } from '../memory.ts';
import { outputOf } from '../output.ts';
import { LINE, Running } from '../running.ts';
import type { GuardedServer, Place } from './guarded-servers.ts';
import { type Networks, SERVER_ADDRESS } from './networks.ts';

/** The networks of the flood: the list has the first one and not the second. */
export const ALLOWED_NETWORK = '198.18';
const REFUSED_NETWORK = '198.19';

/** A flood from one network, as it was counted on both sides. */
export interface Flood {
  /** Connections that were tried, each from an address of its own. */
  readonly tried: number;
  /** Those that stood, so the client had a SYN-ACK. */
  readonly standing: number;
  /** Segments that came to the server's host, the SYNs among them. */
  readonly arrived: number;
  /** Segments that it sent, SYN-ACKs among them. */
  readonly segments: number;
  /** The times that processes of the server were woken. */
  readonly wakeUps: number;
}

export interface FloodedServer {
  readonly name: string;
  readonly refused: Flood;
  /** The same from a network that is allowed: what is counted can be counted. */
  readonly allowed: Flood;
}

const PORT = 1000;

/** The times that processes of a server have gone to sleep: each does once for each time that it is woken. */
function sleeps(pid: number): number {
  return tree(pid).reduce((sum, process) => {
    const status = readFileSync(`/proc/${process}/status`, 'utf8');
    return sum + Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1]);
  }, 0);
}

/** The number of sleeps, once no session is left and no process has had anything to do for a while. */
async function settledSleeps(pid: number): Promise<number> {
  const QUIET_MS = 300;
  const deadline = performance.now() + 20_000;
  for (let before = -1; ; ) {
    let now = Number.NaN;
    try {
      now = sleeps(pid);
    } catch {
      // A session ended meanwhile.
    }
    if (now === before) return now;
    if (performance.now() > deadline) throw new Error('the processes of the server find no rest');
    before = now;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}

async function floodFrom(
  network: string,
  pid: number,
  networks: Networks,
  { program, count }: { readonly program: string; readonly count: number },
  signal: AbortSignal,
): Promise<Flood> {
  const [sleepsBefore, before] = [await settledSleeps(pid), networks.counters('server')];
  const words = [program, SERVER_ADDRESS, `${PORT}`, `${network}.0.0`, `${count}`];
  const { tried, standing } = JSON.parse(await networks.asClients(words, signal)) as Flood;
  const sleepsAfter = await settledSleeps(pid);
  const after = networks.counters('server');
  const since = (name: string) => (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
  const [arrived, segments] = [since('InSegs'), since('OutSegs')];
  return { tried, standing, arrived, segments, wakeUps: sleepsAfter - sleepsBefore };
}

/** One server behind its list, flooded from a network that is refused and from one that is allowed. */
export async function floodServer(
  server: GuardedServer,
  path: (program: string) => string,
  networks: Networks,
  load: { readonly program: string; readonly count: number },
  folder: BenchFolder,
  running: Set<Running>,
  signal: AbortSignal,
): Promise<FloodedServer> {
  const place: Place = { address: '0.0.0.0', allowed: [ALLOWED_NETWORK, '127'] };
  const { command, stdout } = server.command(folder, PORT, path, place, 'on');
  const [entrance = '', ...entering] = networks.server;
  const ask = [...entering, folder.load, '127.0.0.1', `${PORT}`, LINE, 'latency', '1'];
  const { server: started } = await Running.start(
    server.name,
    PORT,
    { command: [entrance, ...entering, ...command], ...(stdout === undefined ? {} : { stdout }) },
    running,
    async () => (await outputOf(entrance, ask, signal)).status === 0,
  );
  const flood = (network: string) => floodFrom(network, started.pid, networks, load, signal);
  // The refused one first: nothing of the other is left then.
  const refused = await flood(REFUSED_NETWORK);
  const allowed = await flood(ALLOWED_NETWORK);
  await started.stop();
  running.delete(started);
  return { name: server.name, refused, allowed };
}
