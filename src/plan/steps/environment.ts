import type { ListenAddress, Policy } from '../../policy/policy.ts';
import type { Variable, VariableValue } from '../step.ts';

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Names as tcpserver gives them, then systemd's. */
const PEER: readonly (readonly [string, VariableValue])[] = [
  ['TCPREMOTEIP', 'peer-address'],
  ['TCPREMOTEPORT', 'peer-port'],
  ['TCPLOCALIP', 'local-address'],
  ['TCPLOCALPORT', 'local-port'],
  ['REMOTE_ADDR', 'peer-address'],
  ['REMOTE_PORT', 'peer-port'],
];

/** The same of a peer of datagrams. */
const UDP_PEER: typeof PEER = PEER.map(([name, template]) => [name.replace('TCP', 'UDP'), template]);

/** Names as s6-ipcserver gives them. */
const UNIX_PEER: readonly (readonly [string, VariableValue])[] = [
  ['IPCREMOTEEUID', 'peer-uid'],
  ['IPCREMOTEEGID', 'peer-gid'],
  ['IPCREMOTEPATH', 'peer-path'],
  ['IPCCONNNUM', 'peer-connections'],
];

/** The variables of an inherited connection. The gate omits them when the inherited descriptor is no connection. */
export const INHERITED_PEER: readonly Variable[] = [['PROTO', 'protocol'] as const, ...PEER].map(
  ([name, template]) => ({ name, value: { kind: 'template', template } }),
);

function literal(name: string, text: string): Variable {
  return { name, value: { kind: 'literal', text } };
}

/**
 * Returns the variables of a session. Only those that `environment.pass` names are inherited; `caller` is the
 * launcher's environment.
 */
export function environmentOf(
  policy: Policy,
  caller: Readonly<Record<string, string | undefined>>,
): readonly Variable[] {
  const { pass, set } = policy.environment;
  const variables: Variable[] = [];
  const isPassed = pass.includes('PATH') && caller['PATH'] !== undefined;
  if (!set.has('PATH') && !isPassed) variables.push(literal('PATH', DEFAULT_PATH));
  for (const name of pass) {
    const text = caller[name];
    if (text !== undefined && !set.has(name)) variables.push(literal(name, text));
  }
  for (const [name, text] of set) variables.push(literal(name, text));
  switch (policy.handoff) {
    case 'listener': {
      if (!policy.listenFds || policy.listen.length === 0) return variables;
      const pid: Variable = { name: 'LISTEN_PID', value: { kind: 'template', template: 'pid' } };
      const name = literal('LISTEN_FDNAMES', policy.listen[0]?.inherit ?? policy.service);
      return [...variables, literal('LISTEN_FDS', '1'), name, pid];
    }
    case 'connection':
    case 'peer':
      return policy.environment.peer ? [...variables, ...aboutPeer(policy.listen)] : variables;
  }
}

/** The variables of the peers that there can be; a session gets those of its own. */
function aboutPeer(listen: readonly ListenAddress[]): readonly Variable[] {
  const kinds = new Set(listen.map(({ kind }) => kind));
  const [only, second] = kinds;
  if (only === undefined) return [];
  const protocol: Variable =
    second === undefined
      ? literal('PROTO', PROTOCOLS[only])
      : { name: 'PROTO', value: { kind: 'template', template: 'protocol' } };
  const templates = [
    ...(kinds.has('tcp') ? PEER : []),
    ...(kinds.has('udp') ? UDP_PEER : []),
    ...(kinds.has('unix') ? UNIX_PEER : []),
  ];
  return [
    protocol,
    ...templates.map(([name, template]): Variable => ({ name, value: { kind: 'template', template } })),
  ];
}

/** The protocols as tcpserver and s6-ipcserver name them. */
const PROTOCOLS: Readonly<Record<ListenAddress['kind'], string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  unix: 'IPC',
};
