import type { Diagnostic } from '../policy/diagnostic.ts';
import { listenerSpan } from '../policy/listener-span.ts';
import type { Policy, PortAddress } from '../policy/policy.ts';
import type { NetworkSetting, NetworkSettings } from './network-settings.ts';

/** One option of a listener beside the setting of the kernel that bounds it. */
interface Bounded {
  readonly option: 'backlog' | 'receive-buffer' | 'send-buffer';
  readonly asked: number | undefined;
  readonly setting: NetworkSetting;
}

/** Reports all that a policy asks beyond the settings of the kernel. */
export function checkSettings(policy: Policy, settings: NetworkSettings): readonly Diagnostic[] {
  const ports = [...policy.listen.entries()].flatMap(([index, address]) =>
    address.kind === 'unix' ? [] : [{ index, address }],
  );
  if (ports.length === 0) return [];
  return [
    ...ports.flatMap(({ index, address }) => [
      ...beyond(policy, index, address, settings),
      ...withoutCookies(policy, index, address, settings),
    ]),
    ...trackedSessions(policy, settings),
  ];
}

/** A queue is made shorter without an error; a buffer that is made smaller ends the launch. */
function beyond(
  { spans }: Policy,
  index: number,
  { options = {} }: PortAddress,
  settings: NetworkSettings,
): readonly Diagnostic[] {
  const bounded: readonly Bounded[] = [
    { option: 'backlog', asked: options.backlog, setting: 'net.core.somaxconn' },
    { option: 'receive-buffer', asked: options.receiveBuffer, setting: 'net.core.rmem_max' },
    { option: 'send-buffer', asked: options.sendBuffer, setting: 'net.core.wmem_max' },
  ];
  return bounded.flatMap(({ option, asked, setting }) => {
    const most = settings.get(setting);
    if (asked === undefined || most === undefined || asked <= most) return [];
    const isQueue = option === 'backlog';
    const effect = isQueue ? `so ${most} connections wait at most` : 'so the launch would end at this option';
    return [
      {
        code: `${option}-above-limit`,
        severity: isQueue ? 'warning' : 'error',
        message: `'${option}' is ${asked}, and ${setting} is ${most}, ${effect}`,
        span: listenerSpan(spans, index, option),
        help: `write at most ${most}, or raise it: sysctl -w ${setting}=${asked}`,
      },
    ];
  });
}

/** The kernel answers handshakes beyond the queue only with cookies. Source: tcp_conn_request of net/ipv4/tcp_input.c. */
function withoutCookies(
  { spans }: Policy,
  index: number,
  { kind, options }: PortAddress,
  settings: NetworkSettings,
): readonly Diagnostic[] {
  if (kind !== 'tcp' || options?.backlog === undefined || settings.get('net.ipv4.tcp_syncookies') !== 0)
    return [];
  const message = `'backlog' bounds the handshakes too, and net.ipv4.tcp_syncookies is 0: a flood of them keeps every client out`;
  return [
    {
      code: 'backlog-without-cookies',
      severity: 'warning',
      message,
      span: listenerSpan(spans, index, 'backlog'),
      help: 'answer without memory when the queue is full: sysctl -w net.ipv4.tcp_syncookies=1',
    },
  ];
}

/** With a full table the kernel drops the first packets of connections of all services. */
function trackedSessions(
  { handoff, limits, spans }: Policy,
  settings: NetworkSettings,
): readonly Diagnostic[] {
  const setting = 'net.netfilter.nf_conntrack_max';
  const most = settings.get(setting);
  if (handoff !== 'connection' || most === undefined || limits.sessions < most) return [];
  return [
    {
      code: 'sessions-above-limit',
      severity: 'warning',
      message: `'sessions' is ${limits.sessions}, and ${setting} is ${most} for all connections of the host: a full table keeps every client out`,
      span: spans.get('limits.sessions') ?? spans.get('listen'),
      help: `write fewer, or raise it: sysctl -w ${setting}=${4 * limits.sessions}`,
    },
  ];
}
