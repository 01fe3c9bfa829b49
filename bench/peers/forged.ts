import { Networks, SERVER_ADDRESS } from '../admission/networks.ts';
import { outputOf } from '../output.ts';
import { Running } from '../running.ts';
import type { Command } from '../server.ts';
import type { PeerTools } from './tools.ts';

const PORT = 5000;
const VICTIM = '198.18.1.1';

/** Bytes of one request: long enough for answers within a factor of 1. */
const REQUEST = 400;

/** Long answers to each request. */
const ANSWERS = 20;

/** Bytes with their headers, to a server and to the victim whose address was forged. */
export interface Forged {
  readonly server: string;
  /** Of the policy; absent for the socket itself, which has no such bound. */
  readonly amplification?: number;
  readonly sent: number;
  readonly received: number;
}

/** Requests with a forged sender, to the gate with these factors and to the socket itself. */
export async function measureForged(
  tools: PeerTools,
  amplifications: readonly number[],
  count: number,
  running: Set<Running>,
  signal: AbortSignal,
): Promise<readonly Forged[]> {
  const results: Forged[] = [];
  for (const amplification of [...amplifications, undefined]) {
    using networks = await Networks.open();
    const isGate = amplification !== undefined;
    const command = isGate ? tools.gate(PORT, '0.0.0.0', amplification, ANSWERS) : tools.bare(PORT, ANSWERS);
    const server = await startInside(networks, command, running, signal);
    const words = [tools.forge, SERVER_ADDRESS, `${PORT}`, VICTIM, `${count}`, `${REQUEST}`];
    const { sent, received } = JSON.parse(await networks.asClients(words, signal)) as Forged;
    results.push({
      server: isGate ? 'gate-built' : 'bare',
      ...(isGate ? { amplification } : {}),
      sent,
      received,
    });
    await server.stop();
    running.delete(server);
  }
  return results;
}

/** Starts a server in its network; it is there when its port is. */
async function startInside(
  networks: Networks,
  { command, ...rest }: Command,
  running: Set<Running>,
  signal: AbortSignal,
): Promise<Running> {
  const [entrance = '', ...entering] = networks.server;
  const isThere = async (): Promise<boolean> => {
    const { text } = await outputOf(entrance, [...entering, 'cat', '/proc/net/udp'], signal);
    return text.includes(`:${PORT.toString(16).toUpperCase().padStart(4, '0')} `);
  };
  const inside = { command: [entrance, ...entering, ...command], ...rest };
  return (await Running.start('the service of peers', PORT, inside, running, isThere)).server;
}
