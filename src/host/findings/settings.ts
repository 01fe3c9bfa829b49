import { RLIM_INFINITY } from '../../kernel/rlimits.ts';
import type { Survey } from '../survey.ts';
import { type Finding, missing, note, ok } from './finding.ts';

/** Below this a service with the default limit of sessions may run out of processes. */
const FEW_PROCESSES = 256n;
const FIRST_ORDINARY_PORT = 1024;

/** The limits of the caller. `descriptors`: how many a launch of one service needs. */
export function limitFindings({ facts }: Survey, descriptors: number): readonly Finding[] {
  const { nofile, nproc } = facts.hardLimits;
  const number = (limit: bigint): string => (limit === RLIM_INFINITY ? 'unlimited' : String(limit));
  const files = `hard limit of descriptors ${number(nofile)}`;
  const filesWhy = `a launch of one service needs ${descriptors}, and a service may have no more than the caller`;
  const processes = `hard limit of processes ${number(nproc)}`;
  const processesWhy =
    'it counts all processes of a user together, and a service may have no more than the caller';
  return [
    nofile < descriptors
      ? missing('descriptors', files, filesWhy, 'raise it: ulimit -Hn, LimitNOFILE=, or limits.conf(5)')
      : ok('descriptors', files, filesWhy),
    nproc < FEW_PROCESSES
      ? note('processes', processes, processesWhy, 'raise it: ulimit -Hu, LimitNPROC=, or limits.conf(5)')
      : ok('processes', processes, processesWhy),
  ];
}

/** Settings of the host that affect the rights of a service or of its neighbours. */
export function settingFindings(survey: Survey): readonly Finding[] {
  return [portFinding(survey), coreFinding(survey), traceFinding(survey), procFinding(survey)];
}

function portFinding({ facts }: Survey): Finding {
  const id = 'ports';
  const start = facts.unprivilegedPortStart;
  const what = `net.ipv4.ip_unprivileged_port_start = ${start}: listeners below it take root or CAP_NET_BIND_SERVICE`;
  if (start >= FIRST_ORDINARY_PORT)
    return ok(id, what, 'no other user takes the port of a service that is down');
  return note(
    id,
    what,
    'any user may take these ports when a service is down',
    `sysctl net.ipv4.ip_unprivileged_port_start=${FIRST_ORDINARY_PORT}`,
  );
}

function coreFinding({ corePattern }: Survey): Finding {
  const why = 'a program behind a pipe gets the cores of services as root, unless their limit is 1 byte';
  if (!corePattern.startsWith('|')) return ok('core-pattern', 'cores go to files, which limits hold', why);
  return note('core-pattern', `cores go to ${corePattern}`, why, 'leave `rlimits.core` at its default of 1');
}

function traceFinding({ ptraceScope }: Survey): Finding {
  const why = 'without it, unconfined processes of one user can read each other by ptrace';
  if (ptraceScope !== undefined && ptraceScope > 0)
    return ok('yama', `kernel.yama.ptrace_scope = ${ptraceScope}`, why);
  const what = ptraceScope === undefined ? 'no Yama' : 'kernel.yama.ptrace_scope = 0';
  const fix = 'give each service its own user; sysctl kernel.yama.ptrace_scope=1, where the kernel has it';
  return note('yama', what, why, fix);
}

function procFinding({ procOptions }: Survey): Finding {
  const hidden = procOptions.find((option) => /^hidepid=(?!0$|off$)/.test(option));
  const why = 'the confinement of running services is read from /proc';
  if (hidden === undefined) return ok('proc', '/proc shows all processes', why);
  return note('proc', `/proc is mounted with ${hidden}`, why, 'look at running services as root');
}
