import { accessAdvice } from './access-advice.ts';
import { capabilityAdvice } from './capability-advice.ts';
import { isDatagram } from './datagram.ts';
import { reportAdvice } from './denial-report.ts';
import type { Diagnostic } from './diagnostic.ts';
import { hostProcesses } from './host-processes.ts';
import type { PolicyValues } from './keys/registry.ts';
import type { ListenAddress } from './policy.ts';
import { isNormalPath } from './schema/paths.ts';
import { terminalAdvice } from './terminal-advice.ts';
import { unixDeadlines, unixSockets } from './unix-advice.ts';

/** The values of the keys that are right by themselves; a wrong one is omitted, and is not reported again. */
export type ReadValues = Partial<PolicyValues>;

/** The state of the keys of a file, by their paths. */
export interface KeysOfFile {
  /** Returns whether a key stands in the file. */
  readonly written: (path: string) => boolean;
  /** Returns whether a key inside a group is wrong, so that its value here is only the default. */
  readonly refused: (path: string) => boolean;
}

/** A finding about keys taken together. `path`: the key that the caret goes to. */
export interface Combination {
  readonly path: string;
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly message: string;
  readonly help: string;
  readonly about?: readonly string[];
}

/** Returns errors and warnings about keys that do not fit together. */
export function checkCombinations(
  values: ReadValues,
  { written, refused }: KeysOfFile,
  requireListen: boolean,
): readonly Combination[] {
  return [
    ...program(values),
    ...(requireListen ? listening(values, written) : []),
    ...accessAdvice(values, written),
    ...identity(values),
    ...ownUser(values),
    ...handoff(values, written),
    ...unixSockets(values),
    ...unixDeadlines(values),
    ...environment(values),
    ...limits(values, { written, refused }),
    ...buffered(values, written),
    ...network(values),
    ...hostProcesses(values),
    ...writing(values),
    ...terminalAdvice(values),
    ...execRules(values),
    ...capabilityAdvice(values),
    ...reportAdvice(values),
  ];
}

function program({ run }: ReadValues): readonly Combination[] {
  const path = run?.[0];
  if (path === undefined || isNormalPath(path)) return [];
  return [
    {
      path: 'run.0',
      severity: 'error',
      code: 'run-path',
      message: `expected the absolute path of a program in its shortest form, found '${path}'`,
      help: 'write its path inside the root; PATH is not searched',
    },
  ];
}

function listening(values: ReadValues, written: (path: string) => boolean): readonly Combination[] {
  if (written('listen') || values.listen !== undefined) return [];
  return [
    {
      path: '',
      severity: 'error',
      code: 'listen-missing',
      message: "the key 'listen' is missing",
      help: 'add an address, such as listen: tcp://[::]:79',
    },
  ];
}

function identity(values: ReadValues): readonly Combination[] {
  const findings: Combination[] = [];
  const root = values.user === 'root' || values.user === 0;
  if (root && values.reason === undefined) {
    findings.push({
      path: 'user',
      severity: 'error',
      code: 'root-without-reason',
      message: 'a service that runs as root needs a reason',
      help: 'name another user, or add the key reason with an explanation',
    });
  }
  if (values.user !== undefined && !root && values.processes !== 'host' && values.reason !== undefined) {
    findings.push({
      path: 'reason',
      severity: 'warning',
      code: 'reason-without-root',
      message:
        'the service neither runs as root nor sees the processes of the host, so the reason has no use',
      help: 'remove the reason',
    });
  }
  if (values.user !== undefined && !root && (values.group === 'root' || values.group === 0)) {
    findings.push({
      path: 'group',
      severity: 'warning',
      code: 'group-root',
      message: 'the service gets the group of root, and with it access to files of root',
      help: 'leave the key out to use the primary group of the user',
    });
  }
  return findings;
}

/** A number without an account must leave nothing behind that its next owner would find. */
function ownUser({ user, landlock, capabilities }: ReadValues): readonly Combination[] {
  if (user !== 'own') return [];
  const findings: Combination[] = [];
  if (landlock === 'best-effort') {
    findings.push({
      path: 'landlock',
      severity: 'error',
      code: 'own-user-landlock',
      message: "with user: own nothing may be written outside of 'writable', which only Landlock ensures",
      help: 'write landlock: required, or name a user',
    });
  }
  if (capabilities?.includes('CAP_CHOWN') === true) {
    findings.push({
      path: `capabilities.${capabilities.indexOf('CAP_CHOWN')}`,
      severity: 'error',
      code: 'own-user-chown',
      message: 'with user: own no file may be given to the number, which CAP_CHOWN does',
      help: 'remove the capability, or name a user',
    });
  }
  return findings;
}

/** The limits of a gate that accepts. */
const COUNTED = [
  'sessions',
  'per-source',
  'rate',
  'burst',
  'total-rate',
  'total-burst',
  'penalties',
] as const;

/** The limits of one connection. */
const OF_CONNECTIONS = ['client-gone', 'first-byte', 'idle'] as const;

function handoff(values: ReadValues, written: (path: string) => boolean): readonly Combination[] {
  const findings: Combination[] = [];
  const listen = values.listen ?? [];
  if (values.handoff === 'connection') findings.push(...listen.flatMap(unfitHandoff));
  if (values.handoff === 'listener') {
    if (listen.length > 1) {
      findings.push({
        path: 'listen',
        severity: 'error',
        code: 'handoff-several-sockets',
        message: `a service that accepts for itself gets one socket, found ${listen.length}`,
        help: 'write one policy for each socket',
      });
    }
    for (const key of COUNTED.filter((name) => written(`limits.${name}`))) {
      findings.push({
        path: `limits.${key}`,
        severity: 'warning',
        code: 'limit-unused',
        message: `'${key}' has no effect on a service that accepts for itself: it is one process`,
        help: 'remove the key, and limit connections in the service',
      });
    }
    for (const key of OF_CONNECTIONS.filter((name) => written(`limits.${name}`))) {
      findings.push({
        path: `limits.${key}`,
        severity: 'warning',
        code: 'limit-unused',
        message: `'${key}' has no effect on a service that accepts for itself: the gate knows no client`,
        help: 'remove the key, and end connections in the service',
      });
    }
  } else if (values['listen-fds'] === true && values.handoff === 'connection') {
    findings.push({
      path: 'listen-fds',
      severity: 'error',
      code: 'listen-fds-without-listener',
      message: "'listen-fds' passes the listening socket, but this service gets connections",
      help: 'add handoff: listener, or remove the key',
    });
  }
  return findings;
}

/** A datagram socket has no connections that a gate could accept. */
function unfitHandoff(address: ListenAddress, index: number): readonly Combination[] {
  if (!isDatagram(address)) return [];
  return [
    {
      path: `listen.${index}`,
      severity: 'error',
      code: 'handoff-datagram',
      message: `'${address.text}' takes datagrams, and no connection comes of them`,
      help: 'write handoff: listener: the service gets the socket itself, as after `wait` in inetd',
    },
  ];
}

/** Reports rules that name an exec. A group may include execve, so its rule is not reported. */
function execRules({ exec, seccomp }: ReadValues): readonly Combination[] {
  if (exec !== 'once') return [];
  return (seccomp?.rules ?? []).flatMap((rule, index): readonly Combination[] => {
    const call = /^\s*(execve|execveat)\b/.exec(rule)?.[1];
    if (call === undefined) return [];
    return [
      {
        path: `seccomp.rules.${index}`,
        severity: 'warning',
        code: 'exec-rule-unused',
        message: `a rule about ${call} has no effect: with exec: once, no program is started after the service`,
        help: 'remove the rule, or write exec: allow',
      },
    ];
  });
}

/** Variables that make a program load or run other code. */
const LOADING =
  /^(LD_.*|GLIBC_TUNABLES|GCONV_PATH|BASH_ENV|ENV|NODE_OPTIONS|PYTHONSTARTUP|PERL5OPT|RUBYOPT)$/;

function environment(values: ReadValues): readonly Combination[] {
  const findings: Combination[] = [];
  const { pass, set } = values.environment ?? { pass: [], set: new Map<string, string>() };
  const written = [
    ...pass.map((name, index) => ({ name, path: `environment.pass.${index}` })),
    ...[...set.keys()].map((name) => ({ name, path: `environment.set.${name}` })),
  ];
  for (const [index, { name, path }] of written.entries()) {
    if (LOADING.test(name)) {
      findings.push({
        path: path,
        severity: 'warning',
        code: 'environment-loads-code',
        message: `'${name}' can make the service load or run other code`,
        help: 'remove it, unless the service cannot start without it',
      });
    }
    if (written.slice(0, index).some((earlier) => earlier.name === name)) {
      findings.push({
        path: path,
        severity: 'error',
        code: 'environment-twice',
        message: `the variable '${name}' is named twice`,
        help: 'keep one of the two',
      });
    }
  }
  return findings;
}

function limits(values: ReadValues, { written, refused }: KeysOfFile): readonly Combination[] {
  const findings: Combination[] = [];
  const { sessions = 0, perSource = 0 } = values.limits ?? {};
  if (perSource > sessions && !refused('limits.sessions')) {
    findings.push({
      path: 'limits.per-source',
      severity: 'error',
      code: 'per-source-above-sessions',
      message: `one source may have ${perSource} sessions, all sources together only ${sessions}`,
      help: `write at most ${sessions}`,
    });
  }
  for (const [burst, rate] of [
    ['burst', 'rate'],
    ['total-burst', 'total-rate'],
  ] as const) {
    if (!written(`limits.${burst}`) || written(`limits.${rate}`)) continue;
    findings.push({
      path: `limits.${burst}`,
      severity: 'warning',
      code: 'limit-unused',
      message: `'${burst}' has no effect without '${rate}'`,
      help: `add ${rate}, or remove the key`,
    });
  }
  if (values.rlimits?.core.hard === 0n) {
    findings.push({
      path: 'rlimits.core',
      severity: 'warning',
      code: 'core-zero',
      message: 'a core limit of 0 does not stop a core_pattern that is a pipe',
      help: 'write core: 1, which stops it (core(5))',
    });
  }
  return findings;
}

/** Reports Python, which keeps what it prints for the end, and which SIGTERM ends before that. */
function buffered({ run, environment }: ReadValues, written: KeysOfFile['written']): readonly Combination[] {
  const [program = '', ...words] = run ?? [];
  const isPython = /(^|\/)python[0-9.]*$/.test(program);
  const isUnbuffered =
    words.some((word) => /^-[A-Za-z]*u/.test(word)) || environment?.set.has('PYTHONUNBUFFERED') === true;
  if (!isPython || isUnbuffered || written('limits.signal') || !written('limits.time')) return [];
  return [
    {
      path: 'limits.time',
      severity: 'note',
      code: 'buffered-output',
      message: 'when its time is up, Python loses what it has printed and not written out: SIGTERM ends it',
      help: 'write signal: SIGINT beside it, or start it with -u, unless the program handles SIGTERM',
    },
  ];
}

/**
 * Landlock judges ports and not addresses, so a service that may connect to its loopback may dial anything with a socket of
 * the host's network: the one that was handed over.
 */
function network({ network, handoff, listen }: ReadValues): readonly Combination[] {
  if (network !== 'loopback') return [];
  const isHanded = handoff === 'connection' && (listen ?? []).length > 0;
  return [
    {
      path: 'network',
      severity: isHanded ? 'error' : 'warning',
      code: 'network-loopback',
      message:
        'with network: loopback the sessions of the service reach each other there, and a rule for connect also dials again with the handed socket, in the network of the host',
      help: 'write network: none, unless the service talks to itself; or accept it: accept: { network: REASON }',
      about: ['network'],
    },
  ];
}

function writing(values: ReadValues): readonly Combination[] {
  const paths = values['write-and-run'] ?? [];
  if (paths.length === 0) return [];
  return [
    {
      path: 'write-and-run',
      severity: 'warning',
      code: 'written-code',
      message: `files that the service writes below ${paths.map((path) => `'${path}'`).join(' and ')} can be executed: an attacker in a session needs no memory that is writable and executable`,
      help: 'name it under writable, unless the service must execute files that it writes',
      about: ['write-and-run'],
    },
  ];
}
