import { releaseText } from '../../kernel/kernel-release.ts';
import { LANDLOCK_ABIS, SESSIONS_APART } from '../../kernel/landlock-abi.ts';
import { type KernelNeed, kernelHas } from '../../plan/need.ts';
import { KERNEL_NEEDS } from '../../plan/needs.ts';
import { REFUSING_NEED, refusesDescriptors } from '../../plan/steps/received-descriptors.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Survey } from '../survey.ts';
import { type Finding, missing, note, ok } from './finding.ts';

/** The words of actions_avail for the actions that filters use. Source: kernel/seccomp.c. */
const ACTIONS = ['kill_process', 'kill_thread', 'trap', 'errno', 'user_notif', 'trace', 'log', 'allow'];

/** The kernel that has all of the confinement. */
const WHOLE = releaseText(SESSIONS_APART.since);

export function kernelFindings({ facts }: Survey): readonly Finding[] {
  const what = `Linux ${facts.kernelRelease}`;
  const refusing = KERNEL_NEEDS.filter(({ without }) => without === 'refused');
  const unmet = refusing.filter((need) => kernelHas(facts, need) === false);
  const fatal = unmet.find(({ asked }) => asked === undefined);
  if (fatal !== undefined) return [missing('kernel', what, everyLaunch(fatal), boot(fatal))];
  const lost = unmet.flatMap((need) => {
    const { asked, brings, since } = need;
    if (asked === undefined) return [];
    const why = `${brings} is in Linux since ${releaseText(since)}: no policy ${asked.policies} is started here`;
    return [note('kernel', what, why, boot(need))];
  });
  const met = refusing
    .filter(({ asked }) => asked === undefined)
    .map((need) => ok('kernel', what, everyLaunch(need)));
  return [...(lost.length > 0 ? lost : met), receivedFinding(facts)];
}

function everyLaunch({ brings, since }: KernelNeed): string {
  return `every launch calls ${brings}, which is in Linux since ${releaseText(since)}`;
}

function boot({ since }: KernelNeed): string {
  return `boot Linux ${releaseText(since)} or newer, ${WHOLE} for all of the confinement`;
}

/** The finding about programs that are handed a UNIX socket. */
function receivedFinding(facts: Survey['facts']): Finding {
  const { brings } = REFUSING_NEED;
  const release = releaseText(REFUSING_NEED.since);
  const why = 'a program whose standard input is a UNIX socket receives no descriptor of its peer';
  if (refusesDescriptors(facts))
    return ok('received-descriptors', `${brings}, in Linux since ${release}`, why);
  return note(
    'received-descriptors',
    `no ${brings}, which is in Linux since ${release}`,
    'a program that is handed a UNIX socket can receive the descriptors that its peer sends',
    `boot Linux ${release} or newer, or leave \`recvmsg\` and \`recvmmsg\` out of its rules`,
  );
}

export function seccompFindings(survey: Survey): readonly Finding[] {
  const why = 'the system calls of a service are filtered by the kernel';
  if (!survey.facts.seccomp) {
    const fix = 'boot a kernel with CONFIG_SECCOMP_FILTER';
    return [missing('seccomp', 'this kernel does not filter system calls', why, fix)];
  }
  const absent = ACTIONS.filter((action) => !survey.seccompActions.includes(action));
  const notify = 'without CAP_SYS_RAWIO, exec once rests on the notification of filters';
  return [
    absent.length === 0
      ? ok('seccomp', 'filters with every action', why)
      : missing('seccomp', `filters without the actions ${absent.join(', ')}`, notify, 'boot a newer kernel'),
    survey.filtersAllThreads
      ? ok(
          'seccomp-threads',
          'a filter for all threads at once',
          'a program with several threads can confine itself',
        )
      : note(
          'seccomp-threads',
          'SECCOMP_FILTER_FLAG_TSYNC is refused',
          'a program with several threads cannot confine itself; services are not affected',
          'start outside of the filter that refuses it, or boot a newer kernel',
        ),
    loggedFinding(survey),
  ];
}

function loggedFinding({ loggedActions }: Survey): Finding {
  const why = 'the kernel log names the call that ended a session, or that a rule with `log` lets through';
  const silent = ['kill_process', 'log'].filter((action) => !loggedActions.includes(action));
  if (silent.length === 0) return ok('seccomp-log', `logged: ${loggedActions.join(' ')}`, why);
  return note(
    'seccomp-log',
    `not logged: ${silent.join(', ')}`,
    why,
    `sysctl kernel.seccomp.actions_logged="${[...loggedActions, ...silent].join(' ')}"`,
  );
}

/** `landlock`: the value of the policy in question; `required` is the default of policies. */
export function landlockFindings({ facts }: Survey, landlock: Policy['landlock']): readonly Finding[] {
  const found = facts.landlockAbi === 0 ? 'no Landlock' : `Landlock ABI ${facts.landlockAbi}`;
  const why = 'it keeps the sessions of a service apart, and limits their writing to the paths of the policy';
  const lost = LANDLOCK_ABIS.filter(({ abi, brings }) => abi > facts.landlockAbi && brings !== undefined);
  if (lost.length === 0) return [ok('landlock', found, why)];
  const cost = lost
    .map(({ abi, since, brings }) => `ABI ${abi} (Linux ${releaseText(since)}): ${brings}`)
    .join('; ');
  const boot =
    facts.landlockAbi === 0
      ? 'add landlock to lsm= on the command line of the kernel, or boot one with CONFIG_SECURITY_LANDLOCK'
      : `boot Linux ${WHOLE} or newer`;
  if (landlock === 'best-effort' || facts.landlockAbi >= SESSIONS_APART.abi)
    return [note('landlock', found, `missing: ${cost}`, boot)];
  const fix = `${boot}; or write \`landlock: best-effort\` in the policy, to run without it`;
  return [missing('landlock', found, `a policy requires all of it by default; missing: ${cost}`, fix)];
}
