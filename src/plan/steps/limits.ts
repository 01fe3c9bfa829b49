import { RLIM_INFINITY, RLIMIT_NAMES, RLIMITS, type Rlimit, type RlimitName } from '../../kernel/rlimits.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, value } from '../builder.ts';
import { emptyData, structData } from '../data.ts';
import type { HostFacts } from '../facts.ts';

/** Limits that count use: in the gate they would count the gate, so each session sets them for itself. */
export const COUNTED_LIMITS: ReadonlySet<RlimitName> = new Set([
  'cpu',
  'fsize',
  'data',
  'nproc',
  'nofile',
  'as',
  'sigpending',
  'rttime',
]);

/** Returns the limit of the policy where the caller may grant it; a default is lowered to the caller's hard limit. */
export function limitFor(policy: Policy, facts: HostFacts, name: RlimitName): Rlimit {
  const wanted = policy.rlimits[name];
  const ceiling = facts.hardLimits[name];
  if (policy.spans.has(`rlimits.${name}`)) return wanted;
  const lower = (limit: bigint): bigint => (limit < ceiling ? limit : ceiling);
  return { soft: lower(wanted.soft), hard: lower(wanted.hard) };
}

/** Limits above the caller's own, which only CAP_SYS_RESOURCE could raise. */
export function limitProblems(policy: Policy, facts: HostFacts): readonly Diagnostic[] {
  return RLIMIT_NAMES.filter((name) => policy.rlimits[name].hard > facts.hardLimits[name])
    .filter((name) => policy.spans.has(`rlimits.${name}`))
    .map((name) => ({
      code: 'rlimit-above-hard',
      severity: 'error',
      message: `rlimits.${name} asks for ${limitText(policy.rlimits[name].hard)}, but the hard limit of the launcher is ${limitText(facts.hardLimits[name])}`,
      span: policy.spans.get(`rlimits.${name}`),
      help: `lower it to ${limitText(facts.hardLimits[name])}, or raise the limit of the caller`,
    }));
}

function limitText(limit: bigint): string {
  return limit === RLIM_INFINITY ? 'unlimited' : String(limit);
}

function setLimit(builder: PlanBuilder, name: RlimitName, limit: Rlimit, why: string, policy?: Policy): void {
  const readable =
    limit.soft === limit.hard ? limitText(limit.soft) : `${limitText(limit.soft)}:${limitText(limit.hard)}`;
  const wanted = structData([
    [8, limit.soft],
    [8, limit.hard],
  ]);
  const resource = value(RLIMITS[name], `RLIMIT_${name.toUpperCase()}`);
  const source = policy?.spans.get(`rlimits.${name}`);
  const before = builder.phase === 'session' ? undefined : emptyData(16);
  builder.call('prlimit64', [0, resource, data(wanted, readable), value(0, 'NULL')], { why, source });
  if (before === undefined) return;
  const all = 0xffff_ffff_ffff_ffffn;
  builder.call('prlimit64', [0, resource, value(0, 'NULL'), data(before, 'what is set')], {
    why: 'read back',
    source,
    checks: [
      { data: before, offset: 0, width: 8, mask: all, equals: limit.soft },
      { data: before, offset: 8, width: 8, mask: all, equals: limit.hard },
    ],
  });
}

/**
 * Returns the number of descriptors of the gate: one for each listener and for the log of each session, one for the pair of
 * each peer, those of sessions that begin at the same time, and a few others.
 */
export function gateDescriptors({ limits, listen, handoff }: Policy): bigint {
  const each = handoff === 'peer' ? 2 : 1;
  return BigInt(each * limits.sessions + listen.length + 48);
}

/** Reports too few descriptors: the gate would pause for ever instead of serving its sessions. */
export function descriptorProblems(policy: Policy, facts: HostFacts): readonly Diagnostic[] {
  const needed = gateDescriptors(policy);
  if (needed <= facts.hardLimits.nofile) return [];
  return [
    {
      code: 'descriptors-too-few',
      severity: 'error',
      message: `${policy.limits.sessions} sessions need ${needed} descriptors, but the hard limit of the launcher is ${facts.hardLimits.nofile}`,
      span: policy.spans.get('limits.sessions'),
      help: 'raise the limit of the caller (ulimit -Hn), or lower limits.sessions',
    },
  ];
}

/** Limits the descriptors of the gate: its listeners, a log pipe for each session, and a few others. */
export function limitGate(builder: PlanBuilder, policy: Policy, facts: HostFacts): void {
  const soft = gateDescriptors(policy);
  setLimit(builder, 'nofile', { soft, hard: facts.hardLimits.nofile }, 'descriptors of the gate');
}

export function limitService(builder: PlanBuilder, policy: Policy, facts: HostFacts): void {
  for (const name of RLIMIT_NAMES) {
    if (!COUNTED_LIMITS.has(name))
      setLimit(builder, name, limitFor(policy, facts, name), 'inherited by every session', policy);
  }
}

export function limitSession(builder: PlanBuilder, policy: Policy, facts: HostFacts): void {
  for (const name of RLIMIT_NAMES) {
    if (COUNTED_LIMITS.has(name))
      setLimit(builder, name, limitFor(policy, facts, name), 'counts the use of this session', policy);
  }
}
