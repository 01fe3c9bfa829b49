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
  const [first] = policy.listen;
  if (first === undefined) return variables;
  switch (policy.handoff) {
    case 'listener': {
      if (!policy.listenFds) return variables;
      const pid: Variable = { name: 'LISTEN_PID', value: { kind: 'template', template: 'pid' } };
      return [...variables, literal('LISTEN_FDS', '1'), pid];
    }
    case 'connection':
      variables.push(literal('PROTO', protocolOf(first)));
      for (const [name, template] of PEER) variables.push({ name, value: { kind: 'template', template } });
      return variables;
  }
}

/** The protocol as tcpserver names it. */
function protocolOf({ kind }: ListenAddress): string {
  switch (kind) {
    case 'tcp':
      return 'TCP';
  }
}
