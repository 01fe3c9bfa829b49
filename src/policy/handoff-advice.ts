import type { Combination, ReadValues } from './combinations.ts';
import { isDatagram } from './datagram.ts';
import { fittingHandoff } from './fitting-handoff.ts';
import type { ListenAddress } from './policy.ts';

/** The limits of one connection. */
const OF_CONNECTIONS = ['client-gone', 'first-byte', 'idle'] as const;

/** The limits of a gate that accepts. */
const COUNTED = [
  'sessions',
  'per-source',
  'rate',
  'burst',
  'total-rate',
  'total-burst',
  'penalties',
] as const;

/** Returns findings about `handoff` and the keys that go with one kind of it. */
export function handoffAdvice(
  values: ReadValues,
  written: (path: string) => boolean,
): readonly Combination[] {
  const findings: Combination[] = [];
  const listen = values.listen ?? [];
  if (values.handoff === 'connection') {
    const [program = ''] = values.run ?? [];
    findings.push(...unfitHandoff(listen, program));
  }
  if (values.handoff === 'listener') {
    if (listen.length > 1) {
      findings.push({
        path: 'listen',
        severity: 'error',
        code: 'handoff-several-sockets',
        message: `a service that accepts for itself gets one socket, found ${listen.length}`,
        help: 'write one policy for each socket',
      });
    }
    for (const key of COUNTED.filter((name) => written(`limits.${name}`))) {
      findings.push({
        path: `limits.${key}`,
        severity: 'warning',
        code: 'limit-unused',
        message: `'${key}' has no effect on a service that accepts for itself: it is one process`,
        help: 'remove the key, and limit connections in the service',
      });
    }
    for (const key of OF_CONNECTIONS.filter((name) => written(`limits.${name}`))) {
      findings.push({
        path: `limits.${key}`,
        severity: 'warning',
        code: 'limit-unused',
        message: `'${key}' has no effect on a service that accepts for itself: the gate knows no client`,
        help: 'remove the key, and end connections in the service',
      });
    }
  } else if (values['listen-fds'] === true && values.handoff !== undefined) {
    findings.push({
      path: 'listen-fds',
      severity: 'error',
      code: 'listen-fds-without-listener',
      message: `'listen-fds' passes the listening socket, but this service gets ${values.handoff === 'peer' ? 'the datagrams of one peer' : 'connections'}`,
      help: 'add handoff: listener, or remove the key',
    });
  }
  return findings;
}

/** A datagram socket has no connections that a gate could accept. */
function unfitHandoff(listen: readonly ListenAddress[], program: string): readonly Combination[] {
  const apart = listen.every(isDatagram) ? '' : '; write one policy for each kind of socket';
  return listen.flatMap((address, index): readonly Combination[] => {
    if (!isDatagram(address)) return [];
    const message = `'${address.text}' takes datagrams, and no connection comes of them`;
    const help = `${fitHelp(address, program)}${apart}`;
    return [{ path: `listen.${index}`, severity: 'error', code: 'handoff-datagram', message, help }];
  });
}

const LISTENER = 'the service gets the socket itself, as after `wait` in inetd';
const PEER = 'each peer gets a process, which reads and writes whole messages';

function fitHelp({ kind }: ListenAddress, program: string): string {
  if (kind !== 'udp') return `write handoff: listener: ${LISTENER}`;
  switch (fittingHandoff(program)) {
    case 'listener':
      return `write handoff: listener, which ${program} needs: ${LISTENER}`;
    case 'peer':
      return `write handoff: peer, which ${program} needs: ${PEER}`;
    case undefined:
      return `write handoff: listener for a program that asks for the addresses of its senders (${LISTENER}), or handoff: peer for any other (${PEER})`;
  }
}
