import { constantNumber } from '../../kernel/constants.ts';
import { outOfReach } from '../../policy/denial-report.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, equal, fails, NOT_NEGATIVE, slot } from '../builder.ts';
import { type Data, structData } from '../data.ts';
import { AUDIT_DESCRIPTORS } from '../gate-descriptors.ts';
import type { CapabilityNeed } from '../need.ts';
import { auditFilter } from './audit-filter.ts';
import { programData } from './load-filter.ts';

export const AUDIT_NEED: CapabilityNeed = {
  capability: 'CAP_AUDIT_READ',
  to: "to hear the kernel's audit",
  does: 'hears of denied calls from the audit where the gate cannot be asked',
  when: ({ seccomp, user, capabilities }) =>
    seccomp.report === 'kernel' ||
    (seccomp.report !== 'none' && outOfReach({ user, capabilities }) !== undefined),
  without: 'replaced',
  instead: 'nobody tells the denied calls of a service that may change its user',
};

/** `struct sockaddr_nl`: any port of its own, and the group of those who read the log, AUDIT_NLGRP_READLOG. */
export function auditAddress(): Data {
  return structData([
    [2, constantNumber('AF_NETLINK')],
    [2, 0],
    [4, 0],
    [4, 1],
  ]);
}

/** An option that is on. */
export const ON: Data = structData([[4, 1]]);

/** First of all: the launcher's privilege is whole, and /proc is the host's. */
export function markSession(builder: PlanBuilder, policy: Policy): void {
  builder.verb({
    verb: 'mark',
    why: 'records of the audit name the service, also when a process is gone',
    source: policy.seccomp.reportSpan,
  });
}

/** The socket of the audit and that to the outer gate have numbers that a filter can name. */
export function takeAuditNumbers(builder: PlanBuilder): void {
  for (const descriptor of Object.values(AUDIT_DESCRIPTORS))
    builder.call('dup3', [slot('null'), descriptor, 'O_CLOEXEC'], {
      why: 'a number that has a use',
      expect: equal(descriptor),
    });
}

/**
 * Hears the kernel's audit, in the network of the host: of its records only those of processes that a filter has ended.
 * The filter of the socket is there before the first record, and stays.
 */
export function hearAudit(builder: PlanBuilder, policy: Policy): void {
  const source = policy.seccomp.reportSpan;
  const { audit } = AUDIT_DESCRIPTORS;
  const filter = auditFilter(builder.architecture);
  const address = auditAddress();
  builder.call('socket', ['AF_NETLINK', 'SOCK_RAW|SOCK_CLOEXEC|SOCK_NONBLOCK', 'NETLINK_AUDIT'], {
    why: "the kernel's audit tells of calls that a filter denies",
    source,
    expect: NOT_NEGATIVE,
    store: 'audit',
  });
  const lines = `${filter.instructions.length} instructions`;
  builder.call(
    'setsockopt',
    [slot('audit'), 'SOL_SOCKET', 'SO_ATTACH_FILTER', data(programData(filter), lines), 16],
    { why: 'only records of processes that a filter has ended', source },
  );
  builder.call('setsockopt', [slot('audit'), 'SOL_SOCKET', 'SO_LOCK_FILTER', data(ON, 'on'), 4], {
    why: 'that filter stays',
    source,
  });
  builder.call('setsockopt', [slot('audit'), 'SOL_SOCKET', 'SO_DETACH_FILTER', data(ON, 'the filter'), 4], {
    why: 'asserted',
    source,
    expect: fails('EPERM'),
  });
  builder.call('bind', [slot('audit'), data(address, 'readers of the log'), address.bytes.length], {
    why: 'the records of the host come from now on',
    source,
  });
  builder.call('dup3', [slot('audit'), audit, 'O_CLOEXEC'], {
    why: 'a number that a filter can name',
    source,
    expect: equal(audit),
  });
  builder.call('close', [slot('audit')], { why: 'it has its number', source });
}
