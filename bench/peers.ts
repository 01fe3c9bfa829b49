import { BenchFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { describeHost } from './host.ts';
import { tree } from './memory.ts';
import { measureForged } from './peers/forged.ts';
import type { PeersOptions } from './peers/options.ts';
import type { PeersReport } from './peers/report.ts';
import { PeerTools } from './peers/tools.ts';
import { processorTimeUs } from './processor-time.ts';
import { rotated } from './rotated.ts';
import { Running } from './running.ts';
import type { Command } from './server.ts';

/** Round trips after which an interleaved peer makes way for another one. */
const TRIPS_OF_A_PEER = 50;

/** Seconds in which the gate's own time is measured, at most. */
const GATE_SECONDS = 5;

/** Factors that forged requests are answered with. */
const AMPLIFICATIONS = [1, 3];

/** Measures a session for each peer beside one program on the socket. Everything is stopped in the end. */
export async function benchPeers(
  options: PeersOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<PeersReport> {
  const folder = new BenchFolder();
  const running = new Set<Running>();
  try {
    const tools = new PeerTools(folder, signal);
    const bare = await start('bare', (port) => tools.bare(port, 0), tools, running);
    const gate = await start('gate', (port) => tools.gate(port, '127.0.0.1', 1, 0), tools, running);
    const contestants = [
      { port: bare.port, times: [] as number[] },
      { port: gate.port, times: [] as number[] },
    ] as const;
    for (let round = 0; round < options.rounds; round++) {
      say(`round ${round + 1} of ${options.rounds}\n`);
      for (const { port, times } of rotated(contestants, round)) {
        const { wrong, foreign, lost, p50_us } = await tools.trips(port, options.trips);
        if (wrong + foreign + lost > 0) throw new Error(`${wrong} wrong, ${foreign} foreign, ${lost} lost`);
        times.push(p50_us);
      }
    }
    say(`${options.peers} peers that stay\n`);
    const [, innerGate = 0] = tree(gate.pid);
    const before = processorTimeUs(innerGate);
    const gateSeconds = Math.min(GATE_SECONDS, options.seconds);
    const staying = await tools.peers(gate.port, options.peers, gateSeconds, 0);
    const gateTripUs = (processorTimeUs(innerGate) - before) / staying.good;
    say(`${options.peers} peers that make way, for ${options.seconds} s\n`);
    const interleaved = await tools.peers(gate.port, options.peers, options.seconds, TRIPS_OF_A_PEER);
    say('forged requests\n');
    const forged = await measureForged(tools, AMPLIFICATIONS, options.forged, running, signal);
    const [{ times: bareUs }, { times: gateUs }] = contestants;
    return { host: describeHost(), options, bareUs, gateUs, gateTripUs, interleaved, forged };
  } finally {
    await Promise.all([...running].map((server) => server.stop()));
    folder[Symbol.dispose]();
  }
}

/** Starts a server, which is there when it answers a peer. */
async function start(
  name: string,
  command: (port: number) => Command,
  tools: PeerTools,
  running: Set<Running>,
): Promise<Running> {
  const port = await freePort();
  const answers = async () => (await tools.trips(port, 1)).good > 1;
  return (await Running.start(name, port, command(port), running, answers)).server;
}
