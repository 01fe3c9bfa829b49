import { accessListOf } from '../../access/access-list.ts';
import { type Admission, admissionOf, type TryFilter } from '../../access/admission.ts';
import type { Turns } from '../../access/turns.ts';
import { compareKernelReleases } from '../../kernel/kernel-release.ts';
import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { IP_BITS } from '../../policy/ip-address.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, slot, value } from '../builder.ts';
import type { GatedContract } from '../contract.ts';
import { structData } from '../data.ts';
import { type CapabilityNeed, isMetBy } from '../need.ts';
import type { PlanInput } from '../plan-input.ts';
import type { AccessTable, Slot } from '../step.ts';
import type { Target } from '../target-facts.ts';
import { programData } from './load-filter.ts';

/** Some kernels let nobody else filter the packets of a socket, and the launcher cannot tell which. */
export const FILTER_NEED: CapabilityNeed = {
  capability: 'CAP_NET_ADMIN',
  to: 'the filter of the peers',
  does: 'filters the peers of an access list',
  when: (policy) => accessListOf(policy) !== undefined && policy.listen.some(({ kind }) => kind !== 'unix'),
  without: 'replaced',
  instead: 'the gate closes the connections of refused peers where the kernel lets no one else filter them',
};

const ON = structData([[4, 1]]);

/** The size of `struct sock_fprog`. */
export const SOCK_FPROG_BYTES = 16;

/** The line that an access list comes from. */
export function accessSource({ spans }: Pick<Policy, 'spans'>): Span | undefined {
  return spans.get('allow') ?? spans.get('deny');
}

/** Returns whether the launcher raises the capability to filter peers. */
export function holdsFilterNeed({ admission, facts }: Pick<GatedContract, 'admission' | 'facts'>): boolean {
  return admission.by === 'kernel' && isMetBy(facts.permitted, FILTER_NEED);
}

/** The admission of a plan: as it was tried on this host, else as a kernel that takes every filter would have it. */
export function plannedAdmission({ admission, policy, facts }: PlanInput): Admission {
  return admission ?? admissionOf(policy, facts.architecture, () => undefined);
}

/**
 * Packets of refused peers are dropped from before the socket is bound: none is ever answered. A service that holds the
 * socket cannot take the filter away.
 */
export function filterPeers(
  builder: PlanBuilder,
  { policy, admission }: Pick<GatedContract, 'policy' | 'admission'>,
  index: number,
  listener: Slot,
): void {
  if (admission.by !== 'kernel') return;
  const program = admission.programs[index];
  if (program === undefined) throw new RangeError(`address ${index} has no filter of its peers`);
  const source = accessSource(policy);
  const filter = data(programData(program), `${program.instructions.length} instructions`);
  builder.call(
    'setsockopt',
    [
      slot(listener),
      'SOL_SOCKET',
      'SO_ATTACH_FILTER',
      filter,
      value(SOCK_FPROG_BYTES, String(SOCK_FPROG_BYTES)),
    ],
    { why: 'peers that the access list refuses get no answer', source },
  );
  if (policy.handoff !== 'listener') return;
  builder.call('setsockopt', [slot(listener), 'SOL_SOCKET', 'SO_LOCK_FILTER', data(ON, '1'), 4], {
    why: 'the service, which holds the socket, keeps its filter',
    source,
  });
}

/**
 * The list that the gate asks after it has accepted; `undefined`: it asks none. Peers of a socket that is passed may have
 * connected before it had its filter.
 */
export function gateTable(admission: Admission, { listen }: Pick<Policy, 'listen'>): AccessTable | undefined {
  const isAsked =
    admission.by === 'gate' || listen.some(({ kind, inherit }) => kind !== 'unix' && inherit !== undefined);
  if (admission.by === 'nobody' || !isAsked) return undefined;
  const { inet, inet6 } = admission.turns;
  return { inet: tableText(inet, IP_BITS.inet), inet6: tableText(inet6, IP_BITS.inet6) };
}

function tableText(turns: Turns, bits: number): string {
  return turns.map((turn) => turn.toString(16).padStart(bits / 4, '0')).join('');
}

/**
 * The answers of the default settings of a host that cannot be asked: an ordinary user may filter nothing, and
 * `net.core.optmem_max` became 131072 in Linux 6.7.
 */
export function assumedTry({ kernel, unprivileged }: Target): TryFilter {
  if (unprivileged) return () => 'EPERM';
  const isRoomy = compareKernelReleases(kernel, { major: 6, minor: 7 }) >= 0;
  return ({ instructions }) => (isRoomy || instructions.length <= SMALL_FILTER ? undefined : 'ENOMEM');
}

/** The kernel makes at most three instructions of eight bytes of each, which fit into an optmem_max of 20480. */
const SMALL_FILTER = 800;

const WAYS =
  'shorten the list; against ENOMEM raise net.core.optmem_max, against EPERM start with CAP_NET_ADMIN';

/** The problems of a list that the kernel does not take. */
export function admissionProblems(input: PlanInput): readonly Diagnostic[] {
  const admission = plannedAdmission(input);
  if (admission.by !== 'gate') return [];
  const { policy } = input;
  const span = accessSource(policy);
  const found = `the kernel takes no filter for this access list: ${admission.refusal}`;
  if (policy.handoff === 'listener') {
    const message = `${found}; with handoff: listener no gate accepts that could ask it`;
    const help = `${WAYS}, or write handoff: connection`;
    return [{ code: 'access-not-filtered', severity: 'error', message, span, help }];
  }
  const refused =
    policy.handoff === 'peer'
      ? 'the gate reads and drops the datagrams of refused peers'
      : 'the gate accepts and closes the connections of refused peers';
  const message = `${found}; ${refused}`;
  return [{ code: 'access-in-gate', severity: 'note', message, span, help: WAYS }];
}
