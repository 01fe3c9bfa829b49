import type { Combination, KeysOfFile, ReadValues } from './combinations.ts';
import { isDatagram } from './datagram.ts';
import { fittingHandoff } from './fitting-handoff.ts';
import type { ListenAddress } from './policy.ts';

/** Returns findings about `handoff: peer`, and about keys that need it. */
export function peerAdvice(values: ReadValues, keys: KeysOfFile): readonly Combination[] {
  if (values.handoff === undefined) return [];
  if (values.handoff !== 'peer') return withoutPeer(values, values.handoff, keys.written);
  return [
    ...noPeers(values.listen ?? []),
    ...(values.listen === undefined && !keys.written('listen') ? [NO_SOCKET] : []),
    ...ofConnections(keys.written),
    ...endless(values, keys),
    ...forged(keys.written),
  ];
}

const NO_SOCKET: Combination = {
  path: 'handoff',
  severity: 'error',
  code: 'peer-socket',
  message: 'a peer sends datagrams to a socket, and this policy listens on none',
  help: 'add the key listen, as listen: udp://:53, or remove handoff',
};

/** The keys of datagrams that the gate passes on, each with its reason where it passes none. */
const OF_PEERS = [
  {
    path: 'amplification',
    name: 'amplification',
    listener: 'the service answers through the socket itself, so no gate counts its bytes',
    connection: 'a connection has no forged sender, so nothing is amplified',
  },
  {
    path: 'limits.datagrams',
    name: 'datagrams',
    listener: 'the service receives from the socket itself, so no gate counts datagrams',
    connection: 'a connection has no datagrams',
  },
] as const;

function withoutPeer(
  { listen = [], run }: ReadValues,
  handoff: 'connection' | 'listener',
  written: KeysOfFile['written'],
): readonly Combination[] {
  const hasPeers = listen.length > 0 && listen.every(({ kind }) => kind === 'udp');
  return OF_PEERS.filter(({ path }) => written(path)).map(({ path, name, ...reasons }) => ({
    path,
    severity: 'error',
    code: 'without-peer',
    message: `'${name}' takes handoff: peer${hasPeers && handoff === 'connection' ? '' : `: ${reasons[handoff]}`}`,
    help:
      hasPeers && fittingHandoff(run?.[0] ?? '') !== 'listener'
        ? 'remove the key, or write handoff: peer'
        : 'remove the key',
  }));
}

/** Reports sockets without the peers that a session could be for. */
function noPeers(listen: readonly ListenAddress[]): readonly Combination[] {
  const hasPeers = listen.some(({ kind }) => kind === 'udp');
  return listen.flatMap((address, index): readonly Combination[] => {
    if (address.kind === 'udp') return [];
    const message = isDatagram(address)
      ? `a sender to '${address.text}' may have no name, so the gate could not answer it`
      : `'${address.text}' has connections, and handoff: peer is for the datagrams of a UDP port`;
    const help = isDatagram(address) ? 'write handoff: listener' : 'write handoff: connection';
    const apart = hasPeers ? ', in a policy of its own' : '';
    return [
      { path: `listen.${index}`, severity: 'error', code: 'peer-socket', message, help: `${help}${apart}` },
    ];
  });
}

const LIMITS_OF_CONNECTIONS = {
  'first-byte': 'the first datagram of a peer starts its session',
  'client-gone': 'a peer of datagrams never closes anything',
} as const;

function ofConnections(written: KeysOfFile['written']): readonly Combination[] {
  return Object.entries(LIMITS_OF_CONNECTIONS)
    .filter(([name]) => written(`limits.${name}`))
    .map(([name, reason]) => ({
      path: `limits.${name}`,
      severity: 'error',
      code: 'peer-limit',
      message: `'${name}' is a limit of connections: ${reason}`,
      help: 'remove the key; idle ends the session of a peer that is silent',
    }));
}

/** A session that ends only by its time keeps its place from others. */
function endless({ limits }: ReadValues, { written, refused }: KeysOfFile): readonly Combination[] {
  if (!written('limits.idle') || refused('limits.idle') || limits?.idleMs !== undefined) return [];
  return [
    {
      path: 'limits.idle',
      severity: 'error',
      code: 'peer-idle',
      message: 'a peer of datagrams never says that it has ended, so its session needs an idle time',
      help: 'write a time, or remove the key for 60s',
    },
  ];
}

/** Anybody can send a datagram in the name of another source, and a session that it crashes counts against that source. */
function forged(written: KeysOfFile['written']): readonly Combination[] {
  if (!written('limits.penalties')) return [];
  return [
    {
      path: 'limits.penalties',
      severity: 'warning',
      code: 'penalty-forged',
      message: 'the sender of a datagram is easily forged, so anybody can have another source refused',
      help: 'remove the key, unless forged addresses do not reach this port',
    },
  ];
}
