import type { ListenAddress } from '../../policy/policy.ts';
import type { Contract } from '../contract.ts';
import type { EnvStep, Variable, VariableValue } from '../step.ts';

type Value = Variable['value'];

/** The variables of a session that the gate fills in from its connection. */
const OF_CONNECTION: Readonly<Record<string, VariableValue>> = {
  TCPREMOTEIP: 'peer-address',
  TCPREMOTEPORT: 'peer-port',
  TCPLOCALIP: 'local-address',
  TCPLOCALPORT: 'local-port',
  REMOTE_ADDR: 'peer-address',
  REMOTE_PORT: 'peer-port',
};

/** The same of a peer of datagrams. */
const OF_PEER: Readonly<Record<string, VariableValue>> = {
  UDPREMOTEIP: 'peer-address',
  UDPREMOTEPORT: 'peer-port',
  UDPLOCALIP: 'local-address',
  UDPLOCALPORT: 'local-port',
  REMOTE_ADDR: 'peer-address',
  REMOTE_PORT: 'peer-port',
};

/** The same of a connection to a UNIX socket. */
const OF_UNIX_CONNECTION: Readonly<Record<string, VariableValue>> = {
  IPCREMOTEEUID: 'peer-uid',
  IPCREMOTEEGID: 'peer-gid',
  IPCREMOTEPATH: 'peer-path',
  IPCCONNNUM: 'peer-connections',
};

/**
 * Variables that a step gives the service and the policy does not, and the reverse. What is wanted is derived here once
 * more: a mistake of the compiler gives a session nothing of its caller.
 */
export function environmentDifferences({ variables }: EnvStep, contract: Contract): readonly string[] {
  const wanted = wantedVariables(contract);
  const wrong = variables.filter(({ name, value }) => spelled(wanted.get(name)) !== spelled(value));
  const names = variables.map(({ name }) => name);
  const missing = [...wanted.keys()].filter((name) => !names.includes(name));
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...wrong.map(({ name }) => `the variable ${name} is not what the policy says`),
    ...missing.map((name) => `the variable ${name} is missing`),
    ...repeated.map((name) => `the variable ${name} is given twice`),
  ];
}

/** A value that `set` names counts before one that is passed on, and both before the default. */
function wantedVariables({ shape, policy, caller }: Contract): ReadonlyMap<string, Value> {
  const { pass, set } = policy.environment;
  const wanted = new Map<string, Value>();
  const want = (name: string, text: string | undefined): void => {
    if (text !== undefined) wanted.set(name, { kind: 'literal', text });
  };
  const fill = (name: string, template: VariableValue): void =>
    void wanted.set(name, { kind: 'template', template });
  want('PATH', '/usr/local/bin:/usr/bin:/bin');
  for (const name of pass) want(name, caller[name]);
  for (const [name, text] of set) want(name, text);
  const serves = policy.listen.length > 0;
  if (serves && policy.handoff === 'listener' && policy.listenFds) {
    want('LISTEN_FDS', '1');
    want('LISTEN_FDNAMES', policy.listen.map(({ inherit }) => inherit ?? policy.service)[0]);
    fill('LISTEN_PID', 'pid');
  }
  const tells = serves && policy.handoff !== 'listener' && policy.environment.peer;
  const has = (kind: ListenAddress['kind']): boolean =>
    tells && policy.listen.some((address) => address.kind === kind);
  const [tcp, unix] = [has('tcp') || shape === 'wrap', has('unix')];
  if (shape === 'wrap' || (tcp && unix)) fill('PROTO', 'protocol');
  else if (tcp || unix) want('PROTO', tcp ? 'TCP' : 'IPC');
  if (tcp) for (const [name, template] of Object.entries(OF_CONNECTION)) fill(name, template);
  if (has('udp')) {
    want('PROTO', 'UDP');
    for (const [name, template] of Object.entries(OF_PEER)) fill(name, template);
  }
  if (unix) for (const [name, template] of Object.entries(OF_UNIX_CONNECTION)) fill(name, template);
  return wanted;
}

function spelled(value: Value | undefined): string | undefined {
  return value && (value.kind === 'literal' ? `=${value.text}` : value.template);
}
