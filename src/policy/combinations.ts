import { accessAdvice } from './access-advice.ts';
import { capabilityAdvice } from './capability-advice.ts';
import { reportAdvice } from './denial-report.ts';
import type { Diagnostic } from './diagnostic.ts';
import { handoffAdvice } from './handoff-advice.ts';
import { hostProcesses } from './host-processes.ts';
import type { PolicyValues } from './keys/registry.ts';
import { limitAdvice } from './limit-advice.ts';
import { peerAdvice } from './peer-advice.ts';
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
    ...handoffAdvice(values, written),
    ...peerAdvice(values, { written, refused }),
    ...unixSockets(values),
    ...unixDeadlines(values),
    ...environment(values),
    ...limitAdvice(values, { written, refused }),
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

/**
 * Reports Python, which keeps what it prints for the end. SIGTERM ends it before that, and a session of a peer of
 * datagrams has no other end.
 */
function buffered(
  { run, environment, handoff }: ReadValues,
  written: KeysOfFile['written'],
): readonly Combination[] {
  const [program = '', ...words] = run ?? [];
  const isPython = /(^|\/)python[0-9.]*$/.test(program);
  const isUnbuffered =
    words.some((word) => /^-[A-Za-z]*u/.test(word)) || environment?.set.has('PYTHONUNBUFFERED') === true;
  if (!isPython || isUnbuffered) return [];
  if (handoff === 'peer') {
    return [
      {
        path: 'run.0',
        severity: 'note',
        code: 'buffered-output',
        message: 'Python keeps what it prints in a buffer, so a peer of datagrams waits for its answer',
        help: 'start it with -u and write each answer with os.write: print sends the end of a line as a datagram of its own',
      },
    ];
  }
  if (written('limits.signal') || !written('limits.time')) return [];
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
  const dialling =
    handoff === 'peer'
      ? ''
      : ', and a rule for connect also dials again with the handed socket, in the network of the host';
  return [
    {
      path: 'network',
      severity: isHanded ? 'error' : 'warning',
      code: 'network-loopback',
      message: `with network: loopback the sessions of the service reach each other there${dialling}`,
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
