import { data, equal, fails, NOT_NEGATIVE, slot } from '../../builder.ts';
import { AUDIT_DESCRIPTORS } from '../../gate-descriptors.ts';
import { AUDIT_NEED, auditAddress, ON } from '../../steps/audit.ts';
import { auditFilter } from '../../steps/audit-filter.ts';
import { programData } from '../../steps/load-filter.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';
import type { DeedName } from '../deeds.ts';

const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;

/** In the network of the host, and before somebody else's socket gets the numbers. */
const BEFORE: readonly DeedName[] = ['namespaces', 'user namespace', 'socket is made', 'watch of all'];

const { audit } = AUDIT_DESCRIPTORS;

/** The kernel's audit is heard only where it tells denied calls, and only through the filter of its socket. */
export const auditEffects: EffectsOf = ({ shape, denials, facts }) => {
  if (shape === 'direct' || denials.by !== 'audit') return [];
  const option = (name: string): CallEffect['operands'] => [slot('audit'), 'SOL_SOCKET', name];
  const address = auditAddress();
  return [
    ...Object.values(AUDIT_DESCRIPTORS).map(
      (descriptor): CallEffect => ({
        ...PREPARED,
        call: 'dup3',
        operands: [slot('null'), descriptor, 'O_CLOEXEC'],
        expect: equal(descriptor),
        deed: 'a number is taken',
        of: descriptor,
        after: ['null is open'],
        before: BEFORE,
      }),
    ),
    {
      ...PREPARED,
      call: 'socket',
      operands: ['AF_NETLINK', 'SOCK_RAW|SOCK_CLOEXEC|SOCK_NONBLOCK', 'NETLINK_AUDIT'],
      expect: NOT_NEGATIVE,
      store: 'audit',
      deed: 'audit is at hand',
      before: BEFORE,
    },
    {
      ...PREPARED,
      call: 'setsockopt',
      operands: [...option('SO_ATTACH_FILTER'), data(programData(auditFilter(facts.architecture)), ''), 16],
      deed: 'audit is filtered',
      after: ['audit is at hand'],
    },
    {
      ...PREPARED,
      call: 'setsockopt',
      operands: [...option('SO_LOCK_FILTER'), data(ON, ''), 4],
      deed: 'filter of the audit stays',
      after: ['audit is filtered'],
    },
    {
      ...PREPARED,
      call: 'setsockopt',
      operands: [...option('SO_DETACH_FILTER'), data(ON, ''), 4],
      expect: fails('EPERM'),
      deed: 'filter of the audit stays, tried',
      after: ['filter of the audit stays'],
    },
    {
      ...PREPARED,
      call: 'bind',
      operands: [slot('audit'), data(address, ''), address.bytes.length],
      deed: 'audit is heard',
      after: ['filter of the audit stays, tried'],
      before: BEFORE,
      needs: AUDIT_NEED,
    },
    {
      ...PREPARED,
      call: 'dup3',
      operands: [slot('audit'), audit, 'O_CLOEXEC'],
      expect: equal(audit),
      deed: 'audit has its number',
      after: ['audit is heard'],
      before: BEFORE,
    },
    {
      ...PREPARED,
      call: 'close',
      operands: [slot('audit')],
      deed: 'audit has one number',
      after: ['audit has its number'],
    },
  ];
};
