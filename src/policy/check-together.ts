import type { Diagnostic, Span } from './diagnostic.ts';
import type { Policy } from './policy.ts';
import { overlap } from './schema/listen.ts';

export interface ResolvedService {
  readonly policy: Policy;
  readonly uid: number;
}

/** Returns errors and warnings about services that run on one host together. */
export function checkTogether(services: readonly ResolvedService[]): readonly Diagnostic[] {
  return services.flatMap((service, index) => {
    const others = services.slice(0, index);
    return [
      ...others.flatMap((earlier) => [
        ...names(earlier, service),
        ...ports(earlier, service),
        ...passed(earlier, service),
      ]),
      ...users(others, service),
    ];
  });
}

function names({ policy: left }: ResolvedService, { policy: right }: ResolvedService): readonly Diagnostic[] {
  if (left.service !== right.service) return [];
  const message = `the service '${right.service}' is also in ${place(left.spans.get('service'), left)}`;
  return [
    {
      code: 'service-twice',
      severity: 'error',
      message,
      span: right.spans.get('service'),
      help: 'rename one of them',
    },
  ];
}

function ports({ policy: left }: ResolvedService, { policy: right }: ResolvedService): readonly Diagnostic[] {
  return right.listen.flatMap((address, index) => {
    const other = left.listen.findIndex((earlier) => overlap(earlier, address));
    if (other === -1) return [];
    const where = place(listenSpan(left, other), left);
    const message = `'${address.text}' is taken by the service '${left.service}' (${where})`;
    return [
      {
        code: 'listen-twice',
        severity: 'error',
        message,
        span: listenSpan(right, index),
        help: address.kind !== 'unix' ? 'change one of the ports' : 'change one of the names',
      },
    ];
  });
}

/** A socket that is passed is of one service. */
function passed(
  { policy: left }: ResolvedService,
  { policy: right }: ResolvedService,
): readonly Diagnostic[] {
  return right.listen.flatMap(({ inherit }, index) => {
    const other = left.listen.findIndex((earlier) => earlier.inherit === inherit);
    if (inherit === undefined || other === -1) return [];
    const where = place(listenSpan(left, other), left);
    const message = `the socket '${inherit}' is taken by the service '${left.service}' (${where})`;
    const help = 'give each socket its own FileDescriptorName=, in a socket unit of its own';
    return [{ code: 'inherit-twice', severity: 'error', message, span: listenSpan(right, index), help }];
  });
}

/** Services of one uid have the same permissions: they can signal and trace each other, and share limits per user. */
function users(others: readonly ResolvedService[], right: ResolvedService): readonly Diagnostic[] {
  const left = others.find(({ uid }) => uid === right.uid);
  if (left === undefined) return [];
  const own = [right, left].find(({ policy }) => policy.user === 'own');
  if (own !== undefined) {
    const other = own === right ? left : right;
    const message = `the number of user: own of the service '${own.policy.service}' is ${own.uid}, and the service '${other.policy.service}' has it`;
    const span = right.policy.spans.get('user') ?? right.policy.spans.get('service');
    const help = 'rename one of the services, or give the other one its own user';
    return [{ code: 'own-user-taken', severity: 'error', message, span, help }];
  }
  return [
    {
      code: 'user-shared',
      severity: 'warning',
      message: `the services '${left.policy.service}' and '${right.policy.service}' run as one user (uid ${right.uid})`,
      span: right.policy.spans.get('user') ?? right.policy.spans.get('service'),
      help: 'give each service its own user',
    },
  ];
}

function listenSpan(policy: Policy, index: number): Span | undefined {
  return policy.spans.get(`listen.${index}`) ?? policy.spans.get('listen');
}

function place(span: Span | undefined, policy: Policy): string {
  return span === undefined ? policy.file : `${span.file}:${span.line}`;
}
