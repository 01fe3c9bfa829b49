import type { PassedDescriptor } from '../../gate-protocol/start-gate.ts';
import { isSocket, type PassedSocket, type PassedSockets, passedSockets } from '../../host/passed-sockets.ts';
import { inheritedListeners } from '../../plan/inherited.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { listenerSpan } from '../../policy/listener-span.ts';
import type { Policy } from '../../policy/policy.ts';

/** The descriptors of the sockets that the policies of a launch take. */
export interface InheritedSockets {
  /** Of each policy, in the order of its listeners with a name. */
  readonly taken: ReadonlyMap<Policy, readonly PassedDescriptor[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The variables and the number of the process, and a look at its descriptors. */
export interface Starter {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly isSocket: (descriptor: number) => boolean;
}

/** The starter of this process. */
export function thisStarter(): Starter {
  return { environment: process.env, pid: process.pid, isSocket };
}

/** Gives each listener the socket that is passed under its name. None may be missing, and none may be left. */
export function inheritSockets(policies: readonly Policy[], starter: Starter): InheritedSockets {
  const passed = passedSockets(starter.environment, starter.pid);
  const sockets = passed.kind === 'passed' ? passed.sockets : [];
  const diagnostics: Diagnostic[] = [];
  const names = new Set<string>();
  const taken = new Map<Policy, readonly PassedDescriptor[]>();
  for (const policy of policies) {
    const descriptors = inheritedListeners(policy).flatMap(({ index, name, descriptor: to }) => {
      names.add(name);
      const found = sockets.filter((socket) => socket.name === name);
      const problem = problemOf(name, found, passed, starter);
      if (problem === undefined) return found.map(({ descriptor: from }) => ({ from, to }));
      const span = listenerSpan(policy.spans, index, 'inherit');
      diagnostics.push({
        code: 'inherit-missing',
        severity: 'error',
        message: problem,
        span,
        help: helpFor(name),
      });
      return [];
    });
    taken.set(policy, descriptors);
  }
  for (const name of new Set(sockets.map((socket) => socket.name)))
    if (!names.has(name)) diagnostics.push(surplus(name));
  if (passed.kind === 'wrong' && names.size === 0)
    diagnostics.push({
      code: 'inherit-surplus',
      severity: 'error',
      message: `sockets are passed, but ${passed.reason}`,
      span: undefined,
      help: 'start portcullis without LISTEN_PID, or from a socket unit',
    });
  return { taken, diagnostics };
}

function problemOf(
  name: string,
  found: readonly PassedSocket[],
  passed: PassedSockets,
  starter: Starter,
): string | undefined {
  if (passed.kind !== 'passed') return `no socket is passed as '${name}': ${passed.reason}`;
  const [socket, second] = found;
  if (socket === undefined) {
    const all = passed.sockets.map((other) => `'${other.name}'`).join(', ');
    return `no socket is passed as '${name}'; the names that are passed: ${all}`;
  }
  if (second !== undefined)
    return `${found.length} sockets are passed as '${name}', and a listener takes one`;
  return starter.isSocket(socket.descriptor)
    ? undefined
    : `descriptor ${socket.descriptor}, which is passed as '${name}', is closed or no socket`;
}

function helpFor(name: string): string {
  return `a socket unit passes it with FileDescriptorName=${name}, and for a try: systemd-socket-activate --fdname=${name}`;
}

function surplus(name: string): Diagnostic {
  return {
    code: 'inherit-surplus',
    severity: 'error',
    message: `the socket '${name}' is passed, and no listener takes it`,
    span: undefined,
    help: `write inherit: ${name} beside its address in listen, or take it out of the unit`,
  };
}
