import { capabilityNames } from '../kernel/capabilities.ts';
import { releaseText } from '../kernel/kernel-release.ts';
import { SESSIONS_APART } from '../kernel/landlock-abi.ts';
import type { Diagnostic, Span } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { MAX_ENVIRONMENT, MAX_LISTENERS, MAX_TURNS } from './image/image-codes.ts';
import { isMetBy, type KernelNeed, kernelHas } from './need.ts';
import { capabilitiesOf, KERNEL_NEEDS } from './needs.ts';
import type { PlanInput } from './plan-input.ts';
import { admissionProblems, plannedAdmission } from './steps/access-list.ts';
import { environmentOf } from './steps/environment.ts';
import { GROUP_NEED } from './steps/identity.ts';
import { descriptorProblems, limitProblems } from './steps/limits.ts';
import { peerUserProblems } from './steps/peer-users.ts';
import { receivedProblems } from './steps/received-descriptors.ts';
import { PORT_NEED, privilegedPort } from './steps/sockets.ts';

/** Everything about this host and this launcher that forbids the plan. */
export function hostProblems(input: PlanInput): readonly Diagnostic[] {
  return [
    ...kernelProblems(input),
    ...privilegeProblems(input),
    ...unprivilegedProblems(input),
    ...landlockProblems(input),
    ...processesProblems(input),
    ...tableProblems(input),
    ...admissionProblems(input),
    ...peerUserProblems(input),
    ...descriptorProblems(input.policy, input.facts),
    ...limitProblems(input.policy, input.facts),
    ...receivedProblems(input),
  ];
}

function kernelProblems(input: PlanInput): readonly Diagnostic[] {
  const problems = [...ageProblems(input)];
  if (!input.facts.seccomp) {
    problems.push({
      code: 'seccomp-missing',
      severity: 'error',
      message: 'this kernel does not filter system calls',
      span: undefined,
      help: 'boot one with CONFIG_SECCOMP_FILTER',
    });
  }
  return problems;
}

/**
 * Returns the problem with the age of the kernel: for an executable the requested oldest one, for a launch the running
 * one.
 */
function ageProblems({ policy, facts, kernel }: PlanInput): readonly Diagnostic[] {
  const refusing = KERNEL_NEEDS.filter(({ without }) => without === 'refused');
  const [unmet] = refusing
    .filter((need) => kernelHas(facts, need) === false)
    .flatMap((need) => demandOf(need, policy) ?? []);
  if (unmet === undefined) return [];
  const [found, help] =
    kernel === undefined
      ? [`this is Linux ${facts.kernelRelease}`, 'boot a newer kernel']
      : [
          `the oldest kernel is set to ${facts.kernelRelease}`,
          `name ${unmet.release} or a newer one with --kernel`,
        ];
  const message = `${found}; ${unmet.what}`;
  return [{ code: 'kernel-too-old', severity: 'error', message, span: unmet.span, help }];
}

/** The request of a launch of this policy to the kernel; `undefined`: it does not need that. */
function demandOf(
  { since, brings, asked }: KernelNeed,
  policy: Policy,
): { readonly release: string; readonly what: string; readonly span: Span | undefined } | undefined {
  const release = releaseText(since);
  if (asked === undefined) return { release, what: `a launch needs ${release}`, span: undefined };
  const by = asked.by(policy);
  return by && { release, what: `${by.launch} needs ${release} (${brings})`, span: by.source };
}

function privilegeProblems({ policy, facts, unprivileged }: PlanInput): readonly Diagnostic[] {
  if (unprivileged) return [];
  const needed = capabilitiesOf({ policy, host: facts, unprivileged }, ['refused']);
  const missing = capabilityNames(needed & ~facts.permitted);
  if (missing.length === 0) return [];
  return [
    {
      code: 'privilege-missing',
      severity: 'error',
      message: `the launcher lacks ${missing.join(', ')}, which confining ${policy.service} needs`,
      span: undefined,
      help: 'run as root, or pass --unprivileged to serve as the calling user on an unprivileged port',
    },
  ];
}

function unprivilegedProblems({ policy, facts, unprivileged, identity }: PlanInput): readonly Diagnostic[] {
  if (!unprivileged) return [];
  const problems: Diagnostic[] = [];
  const refuse = (key: string, code: string, message: string, help: string): void => {
    problems.push({ code, severity: 'error', message, span: policy.spans.get(key), help });
  };
  if (facts.userNamespacesForbiddenBy !== undefined) {
    problems.push({
      code: 'user-namespaces-forbidden',
      severity: 'error',
      message: `ordinary users may not make user namespaces here: ${facts.userNamespacesForbiddenBy}`,
      span: undefined,
      help: 'change that setting with sysctl, or run as root',
    });
  }
  if (identity.groups.length > 0) {
    refuse(
      'groups',
      'groups-unprivileged',
      `supplementary groups need ${GROUP_NEED.capability}`,
      'leave out groups, or run as root',
    );
  }
  if (policy.capabilities.length > 0) {
    refuse(
      'capabilities',
      'capabilities-unprivileged',
      'a capability inside a user namespace gives no rights on the host',
      'leave out capabilities, or run as root',
    );
  }
  const mayBind = isMetBy(facts.permitted, PORT_NEED);
  policy.listen.forEach((address, index) => {
    const port = privilegedPort(address, facts);
    if (mayBind || port === undefined) return;
    const message = `port ${port} needs ${PORT_NEED.capability}: net.ipv4.ip_unprivileged_port_start is ${facts.unprivilegedPortStart}`;
    refuse(
      `listen.${index}`,
      'port-unprivileged',
      message,
      `listen on ${facts.unprivilegedPortStart} or above, or run as root`,
    );
  });
  return problems;
}

function landlockProblems({ policy, facts, kernel }: PlanInput): readonly Diagnostic[] {
  const { landlockAbi } = facts;
  if (landlockAbi === 0 && policy.landlock === 'best-effort') {
    const message = `without Landlock, file modes alone decide where ${policy.service} may write; outside of writable it may execute the files that it writes`;
    const help = 'give it a root in which it owns no other files';
    return [{ code: 'landlock-lost', severity: 'note', message, span: policy.spans.get('landlock'), help }];
  }
  if (landlockAbi >= SESSIONS_APART.abi || policy.landlock === 'best-effort') return [];
  const needed = releaseText(SESSIONS_APART.since);
  const found = landlockAbi === 0 ? 'has no Landlock' : `has Landlock ABI ${landlockAbi}`;
  const [whose, fix] =
    kernel === undefined
      ? ['this kernel', 'write `landlock: best-effort` to use what the kernel has']
      : [
          `the oldest kernel, ${facts.kernelRelease},`,
          `name ${needed} or a newer one with --kernel, or write \`landlock: best-effort\` to use what it has`,
        ];
  return [
    {
      code: 'landlock-missing',
      severity: 'error',
      message: `${whose} ${found}; ABI ${SESSIONS_APART.abi} (Linux ${needed}) keeps the sessions of a service apart`,
      span: policy.spans.get('landlock'),
      help: fix,
    },
  ];
}

/** The user of a policy may have the number of root under another name. */
function processesProblems({ policy, identity }: PlanInput): readonly Diagnostic[] {
  if (policy.processes === 'own' || identity.uid !== 0) return [];
  const message = 'a service that sees the processes of the host may not run as uid 0';
  const help = 'name another user; /proc tells everybody enough for a report';
  return [{ code: 'processes-root', severity: 'error', message, span: policy.spans.get('user'), help }];
}

/** The gate allocates no memory: input that does not fit its tables is refused here, where the line is known. */
function tableProblems(input: PlanInput): readonly Diagnostic[] {
  const { policy, caller } = input;
  const problems: Diagnostic[] = [];
  const refuse = (key: string, found: number, limit: number, what: string): void => {
    if (found <= limit) return;
    problems.push({
      code: 'too-many',
      severity: 'error',
      message: `${found} ${what}; one service has at most ${limit}`,
      span: policy.spans.get(key),
      help: undefined,
    });
  };
  refuse('listen', policy.listen.length, MAX_LISTENERS, 'addresses');
  const admission = plannedAdmission(input);
  if (admission.by === 'gate') {
    const { inet, inet6 } = admission.turns;
    refuse('allow', Math.max(inet.length, inet6.length), MAX_TURNS, 'ends of ranges in an access list');
  }
  refuse('environment', environmentOf(policy, caller).length, MAX_ENVIRONMENT, 'variables');
  return problems;
}
