import { type CapabilityName, capabilityNames, capabilitySet } from '../../kernel/capabilities.ts';
import { type CapabilityNeed, isMetBy } from '../../plan/need.ts';
import { CAPABILITY_NEEDS } from '../../plan/needs.ts';
import { AUDIT_NEED } from '../../plan/steps/audit.ts';
import { PAGE_ZERO_NEED } from '../../plan/steps/page-zero.ts';
import type { NamespaceTrial, Survey } from '../survey.ts';
import { type Finding, missing, note, ok } from './finding.ts';

/** The needs of every launch by root. */
const ALWAYS = CAPABILITY_NEEDS.filter(({ when, without }) => without === 'refused' && when === undefined);
const ALWAYS_HELD = capabilitySet(ALWAYS.map(({ capability }) => capability));

/** Needs with a finding of their own. */
const OF_THEIR_OWN: readonly CapabilityNeed[] = [AUDIT_NEED, PAGE_ZERO_NEED];

/** The other needs: first those of some policies, then those that are optional, then those with other steps in their place. */
const USEFUL = (['refused', 'tolerated', 'replaced'] as const).flatMap((answer) =>
  CAPABILITY_NEEDS.filter(
    (need) => need.without === answer && !OF_THEIR_OWN.includes(need) && !isMetBy(ALWAYS_HELD, need),
  ),
);

const CONTAINER = 'start with that capability; in a container, add it to the allowed ones';

export function privilegeFindings(survey: Survey): readonly Finding[] {
  const { facts, bounding } = survey;
  if (facts.uid !== 0)
    return [ordinaryFinding(survey), addressFinding(survey, note), ...callerFindings(survey)];
  const held = facts.permitted & bounding;
  const absent = capabilityNames(ALWAYS_HELD & ~held);
  const why = `a launch by root ${listed([...new Set(ALWAYS.map(({ does }) => does))])}`;
  const needed =
    absent.length === 0
      ? ok('capabilities', 'the capabilities that a launch by root needs', why)
      : missing('capabilities', `root here lacks ${absent.join(', ')}`, why, CONTAINER);
  const lacking = USEFUL.filter((need) => !isMetBy(held, need));
  const useful = [...new Set(lacking.map(({ capability }) => capability))].map((capability) =>
    usefulFinding(
      capability,
      lacking.filter((need) => need.capability === capability),
    ),
  );
  return [needed, ...useful, ...auditFinding(held), pageFinding(survey, held), ...callerFindings(survey)];
}

function usefulFinding(capability: CapabilityName, needs: readonly CapabilityNeed[]): Finding {
  const acts = needs.map(({ does, instead, without }) =>
    without === 'replaced' ? `it ${does}; without it ${instead}` : `it ${does}`,
  );
  const ways = needs.flatMap(({ instead, without }) => (without === 'replaced' ? [] : (instead ?? [])));
  const fix = [CONTAINER, ...ways].join('; or ');
  return note('capabilities', `root here lacks ${capability}`, acts.join('; '), fix);
}

function listed(acts: readonly string[]): string {
  return acts.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

function ordinaryFinding({ facts }: Survey): Finding {
  return note(
    'capabilities',
    `the caller is an ordinary user (uid ${facts.uid})`,
    'services run as this user, in a user namespace; only root gives them users of their own',
    'run as root for a user, groups and privileged ports',
  );
}

function auditFinding(held: bigint): readonly Finding[] {
  const { capability, instead = '' } = AUDIT_NEED;
  return isMetBy(held, AUDIT_NEED)
    ? []
    : [note('audit', `root here lacks ${capability}`, instead, CONTAINER)];
}

function pageFinding(survey: Survey, held: bigint): Finding {
  const { capability, instead = '' } = PAGE_ZERO_NEED;
  if (!isMetBy(held, PAGE_ZERO_NEED))
    return note('page-0', `root here lacks ${capability}`, instead, CONTAINER);
  return addressFinding(survey, missing);
}

/** Only processes with CAP_SYS_RAWIO map below this address. `bad`: the level of a 0 for this caller. */
function addressFinding({ mmapMinAddr }: Survey, bad: typeof missing): Finding {
  const why =
    'in a launch by root, `exec: once` and the calls of the gate alone rest on page 0, which no service may map';
  if (mmapMinAddr > 0)
    return ok(
      'page-0',
      `vm.mmap_min_addr = ${mmapMinAddr}, which closes page 0 as long as it is above 0`,
      why,
    );
  return bad(
    'page-0',
    'vm.mmap_min_addr = 0: any process may map page 0, and a launch by root fails at the step that tests this',
    why,
    'sysctl vm.mmap_min_addr=65536, and the same in /etc/sysctl.d',
  );
}

/** Returns findings about confinement that the caller already has and its children inherit. */
function callerFindings({ noNewPrivileges, underFilter }: Survey): readonly Finding[] {
  const restart = 'start portcullis outside of it';
  return [
    noNewPrivileges
      ? note(
          'no-new-privileges',
          'the caller has no_new_privs set',
          'file capabilities and set-user-ID programs have no effect below it',
          restart,
        )
      : ok('no-new-privileges', 'no_new_privs is not set on the caller', 'file capabilities have effect'),
    underFilter
      ? note(
          'own-filter',
          'the caller is under a filter of system calls, as in a container',
          'a step of the launch that this filter refuses ends the launch',
          `${restart}, or let the filter allow the calls that \`portcullis plan\` prints`,
        )
      : ok('own-filter', 'no filter on the caller', 'every step of a launch reaches the kernel'),
  ];
}

/** The namespaces of a launch as they were tried: with root's privilege, and in a user namespace. */
export function namespaceFindings(survey: Survey): readonly Finding[] {
  const why = 'every service gets its own mounts, processes, IPC and, with `network: none`, its own network';
  const asRoot = survey.rootNamespaces;
  const root = asRoot && trial('namespaces', asRoot, 'root', why, [], missing);
  const forbidding = survey.facts.userNamespacesForbiddenBy;
  const user = trial(
    'user-namespaces',
    survey.userNamespaces,
    'ordinary users',
    'run --unprivileged makes them in a user namespace',
    forbidding === undefined ? [] : [forbidding],
    asRoot === undefined ? missing : note,
  );
  return root === undefined ? [user] : [root, user];
}

function trial(
  id: string,
  { kind, ...rest }: NamespaceTrial,
  who: string,
  why: string,
  forbidding: readonly string[],
  bad: typeof missing,
): Finding {
  if (kind === 'made') return ok(id, `${who} can make the namespaces of a service`, why);
  const reason = 'reason' in rest ? rest.reason : '';
  const settings = forbidding.length === 0 ? '' : `, and ${forbidding.join(', ')}`;
  if (kind === 'not-tried' && forbidding.length === 0)
    return note(id, `could not try whether ${who} can make namespaces: ${reason}`, why, 'install util-linux');
  const fix =
    forbidding.length > 0
      ? 'change that setting with sysctl'
      : 'a container or a security module refuses it: allow namespaces and mounting /proc there';
  return bad(id, `${who} cannot make the namespaces of a service: ${reason}${settings}`, why, fix);
}
