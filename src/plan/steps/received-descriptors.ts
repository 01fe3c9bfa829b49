import { releaseText } from '../../kernel/kernel-release.ts';
import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { listenerSpan } from '../../policy/listener-span.ts';
import type { ListenAddress } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, slot, value } from '../builder.ts';
import { structData } from '../data.ts';
import type { HostFacts } from '../facts.ts';
import { type KernelNeed, kernelHas } from '../need.ts';
import type { PlanInput } from '../plan-input.ts';
import type { Slot } from '../step.ts';

/** UNIX sockets that take no descriptors from their peers. Source: unix(7). */
export const REFUSING_NEED: KernelNeed = {
  since: { major: 6, minor: 16 },
  brings: 'SO_PASSRIGHTS',
  asked: {
    policies: 'without `listen`, or with a UNIX socket in it',
    by: ({ listen, spans }) => {
      if (listen.length === 0) return { launch: 'a launch that wraps a program', source: undefined };
      const index = listen.findIndex(refusesOn);
      if (index === -1) return undefined;
      return { launch: 'a launch that listens on a UNIX socket', source: listenerSpan(spans, index) };
    },
  },
  without: 'tolerated',
};

/** Returns whether a session of this listener is to receive no descriptors. */
function refusesOn(address: ListenAddress): boolean {
  return address.kind === 'unix' && !address.receivesDescriptors;
}

/** The descriptors that a program inherits and its peers may send others to. */
export const STANDARD_DESCRIPTORS = [0, 1, 2] as const;

/** Returns whether the kernel can refuse a peer of a UNIX socket to send descriptors. */
export function refusesDescriptors(facts: Pick<HostFacts, 'kernelRelease'>): boolean {
  return kernelHas(facts, REFUSING_NEED) === true;
}

/**
 * From here on no peer sends descriptors to what the program inherits. The kernel asks when they are sent, so what was
 * sent before is looked for afterwards: `lookIntoQueues`.
 */
export function refuseDescriptors(builder: PlanBuilder, facts: HostFacts): void {
  const off = structData([[4, 0]]);
  // EBADF, ENOTSOCK, EOPNOTSUPP: closed, no socket, no UNIX socket. ENOPROTOOPT: the kernel does not know the option.
  const others = ['EBADF', 'ENOTSOCK', 'EOPNOTSUPP'];
  const tolerate = refusesDescriptors(facts) ? others : [...others, 'ENOPROTOOPT'];
  for (const descriptor of STANDARD_DESCRIPTORS)
    builder.call(
      'setsockopt',
      [value(descriptor, String(descriptor)), 'SOL_SOCKET', 'SO_PASSRIGHTS', data(off, '0'), 4],
      {
        why: refusesDescriptors(facts)
          ? 'no peer of a UNIX socket sends the program descriptors'
          : `no peer of a UNIX socket sends the program descriptors; kernels before ${releaseText(REFUSING_NEED.since)} cannot refuse them`,
        tolerate,
      },
    );
}

/** The same of a listener, for the connections that come from here on. */
export function refuseOnSocket(
  builder: PlanBuilder,
  listener: Slot,
  facts: HostFacts,
  source: Span | undefined,
): void {
  const known = refusesDescriptors(facts);
  const why = 'no peer sends a session descriptors';
  builder.call(
    'setsockopt',
    [slot(listener), 'SOL_SOCKET', 'SO_PASSRIGHTS', data(structData([[4, 0]]), '0'), 4],
    {
      why: known ? why : `${why}; kernels before ${releaseText(REFUSING_NEED.since)} cannot refuse them`,
      source,
      tolerate: known ? [] : ['ENOPROTOOPT'],
    },
  );
}

export function lookIntoQueues(builder: PlanBuilder): void {
  for (const descriptor of STANDARD_DESCRIPTORS)
    builder.verb({
      verb: 'queue',
      descriptor,
      why: 'no descriptor arrived before they were refused, and no message goes to a name',
      source: undefined,
    });
}

/** The protection that a wrapped program, or a session of a UNIX socket, lacks on such a kernel. */
export function receivedProblems({ policy, facts, kernel, shape }: PlanInput): readonly Diagnostic[] {
  const index = policy.listen.findIndex(refusesOn);
  if ((shape !== 'wrap' && index === -1) || refusesDescriptors(facts)) return [];
  const whose = kernel === undefined ? 'this kernel' : 'the oldest kernel';
  return [
    {
      code: 'descriptors-received',
      severity: 'note',
      message: `${whose}, ${facts.kernelRelease}, cannot refuse descriptors that a peer sends over a UNIX socket; the program can receive them if it is handed one`,
      span: index === -1 ? undefined : listenerSpan(policy.spans, index),
      help: `${REFUSING_NEED.brings} is in Linux since ${releaseText(REFUSING_NEED.since)}; without \`recvmsg\` and \`recvmmsg\` in the rules nothing is received`,
    },
  ];
}
