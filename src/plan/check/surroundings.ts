import { type CapabilitySet, capabilitySet } from '../../kernel/capabilities.ts';
import { RLIMITS } from '../../kernel/rlimits.ts';
import { firstClosedInOuter } from '../detach.ts';
import type { PlanShape } from '../plan.ts';
import type { CallStep, Role, Step } from '../step.ts';
import { dataOf, numberOf, textOf } from './operand-values.ts';
import { expects, PRCTL } from './process-controls.ts';
import type { Invariant, Violation } from './violation.ts';

const SYS_ADMIN = capabilitySet(['CAP_SYS_ADMIN']);
const OPENING_CALLS: ReadonlySet<string> = new Set([
  'openat',
  'socket',
  'memfd_create',
  'epoll_create1',
  'signalfd4',
  'pipe2',
  'landlock_create_ruleset',
]);

/** Each of these makes the kernel forget `dumpable` and the signal of the parent's death. Source: commit_creds() in kernel/cred.c. */
const CREDENTIAL_CALLS: ReadonlySet<string> = new Set(['setresuid', 'setresgid', 'setgroups', 'capset']);
const LAST_DESCRIPTOR = 0xffff_ffffn;
const LIMITS = Object.entries(RLIMITS);

/** Flags of unshare(2) that every service is set apart by. Source: include/uapi/linux/sched.h. */
const NAMESPACES = [
  ['mount', 0x0002_0000n],
  ['IPC', 0x0800_0000n],
  ['process', 0x2000_0000n],
] as const;

const MS_PRIVATE_TREE = 0x4000n | 0x4_0000n;
const SIGKILL = 9n;

/** Everything a process is set apart by beside its credentials: namespaces, descriptors, Landlock, limits, its group. */
export class Surroundings {
  readonly #role: Role;
  readonly #shape: PlanShape;
  /** What its ancestors did before it was forked; what must be done in each process counts only when it is its own. */
  readonly #inherited: ReadonlySet<string>;
  readonly #own = new Set<string>();
  readonly #unreadLimits = new Set<string>();
  #namespaces = 0n;
  #keptFrom: number | undefined;

  constructor(role: Role, shape: PlanShape, parent?: Surroundings) {
    this.#role = role;
    this.#shape = shape;
    this.#inherited = new Set(parent === undefined ? [] : [...parent.#inherited, ...parent.#own]);
    if (parent === undefined) return;
    for (const name of parent.#unreadLimits) this.#unreadLimits.add(name);
    this.#namespaces = parent.#namespaces;
  }

  execute(step: Step): void {
    if (step.verb === 'call') this.#call(step);
  }

  /** What must hold of a gate that stays, by what its service is granted. */
  stayProblems(granted: CapabilitySet): readonly Violation[] {
    const mayMount = (granted & SYS_ADMIN) !== 0n;
    const missing = NAMESPACES.filter(([, flag]) => (this.#namespaces & flag) === 0n).map(([name]) => name);
    return violations([
      [missing.length === 0, 'isolation', `no ${missing.join(' and ')} namespace of its own`],
      [
        this.#done('private /') || (!mayMount && this.#done('private / if a mount')),
        'isolation',
        'its mounts reach the host',
      ],
      [
        !this.#done('mount /proc') || this.#done('private /proc'),
        'isolation',
        'its /proc reaches a host that it sees from a chroot',
      ],
      [
        this.#role === 'outer' || this.#done('chroot') || this.#done('mount /proc'),
        'isolation',
        'the processes of the host are visible in /proc',
      ],
      [this.#own.has('dumpable'), 'isolation', 'a process of the same user may trace it'],
      [this.#own.has('dumpable read'), 'read-back', 'PR_SET_DUMPABLE is not read back by PR_GET_DUMPABLE'],
      [!this.#isGuarded() || this.#own.has('death signal'), 'isolation', 'it may outlive its parent'],
      [!this.#isApart() || this.#done('setsid'), 'inheritance', 'it has the terminal of the caller'],
      [this.#done('own descriptors'), 'inheritance', 'descriptors of the caller are open'],
      [
        this.#role !== 'outer' || this.#closedFrom(firstClosedInOuter(this.#shape)),
        'descriptors',
        'it keeps more than it needs',
      ],
      ...this.#shared(),
    ]);
  }

  /** What must hold of a process that becomes the service; `beyond` is the first descriptor that is not the service's. */
  execProblems(beyond: number): readonly Violation[] {
    const unlimited = LIMITS.filter(([, number]) => !this.#done(`limit ${number}`)).map(([name]) => name);
    return violations([
      [
        this.#role !== 'session' || this.#shape === 'wrap' || this.#own.has('setpgid'),
        'isolation',
        'it has no process group of its own',
      ],
      [this.#closedFrom(beyond), 'descriptors', `descriptors from ${beyond} on survive the exec`],
      [unlimited.length === 0, 'limits', `no limit is set for ${unlimited.join(', ')}`],
      ...this.#shared(),
    ]);
  }

  /** An outer gate that nobody supervises may outlive whoever started it, as any program may. */
  #isGuarded(): boolean {
    return this.#role !== 'outer' || this.#shape === 'serve';
  }

  /** A wrapped program keeps the terminal, and a gate that nobody supervises hears its Ctrl-C. */
  #isApart(): boolean {
    return this.#shape !== 'wrap' && this.#isGuarded();
  }

  #shared(): readonly Requirement[] {
    return [
      [this.#done('keyring'), 'inheritance', "the caller's session keyring is reachable"],
      [this.#done('umask'), 'inheritance', 'no umask is set and read back'],
      [this.#done('chdir'), 'inheritance', 'the working directory of the caller is kept'],
      [
        !this.#done('ruleset') || this.#own.has('landlock'),
        'isolation',
        'the Landlock ruleset is not in force',
      ],
      [
        this.#unreadLimits.size === 0,
        'read-back',
        `limits are not read back: ${[...this.#unreadLimits].join(' ')}`,
      ],
    ];
  }

  #done(deed: string): boolean {
    return this.#own.has(deed) || this.#inherited.has(deed);
  }

  #closedFrom(descriptor: number): boolean {
    return this.#keptFrom !== undefined && this.#keptFrom <= descriptor;
  }

  #call(step: CallStep): void {
    if (OPENING_CALLS.has(step.call)) this.#keptFrom = undefined;
    if (CREDENTIAL_CALLS.has(step.call) && step.expect.kind !== 'errno')
      for (const lost of ['dumpable', 'dumpable read', 'death signal']) this.#own.delete(lost);
    switch (step.call) {
      case 'unshare':
        this.#namespaces |= numberOf(step, 0);
        return;
      case 'mount':
        if (numberOf(step, 3) === MS_PRIVATE_TREE)
          this.#own.add(`private ${textOf(dataOf(step, 1))}${step.tolerate.length > 0 ? ' if a mount' : ''}`);
        if (textOf(dataOf(step, 2)) === 'proc') this.#own.add(`mount ${textOf(dataOf(step, 1))}`);
        return;
      case 'close_range':
        if (numberOf(step, 1) !== LAST_DESCRIPTOR) return;
        this.#keptFrom = Number(numberOf(step, 0));
        this.#own.add('own descriptors');
        return;
      case 'landlock_create_ruleset':
        this.#own.add('ruleset');
        return;
      case 'landlock_restrict_self':
        this.#own.add('landlock');
        return;
      case 'keyctl':
        this.#own.add('keyring');
        return;
      case 'prlimit64':
        this.#limit(step);
        return;
      case 'prctl':
        this.#control(step);
        return;
      case 'chroot':
      case 'chdir':
      case 'setsid':
      case 'setpgid':
        this.#own.add(step.call);
        return;
      case 'umask':
        // The second call answers what the first has set.
        if (expects(step, numberOf(step, 0))) this.#own.add('umask');
        return;
      default:
        return;
    }
  }

  #limit(step: CallStep): void {
    const name = `limit ${numberOf(step, 1)}`;
    const wanted = dataOf(step, 2);
    if (step.phase === 'prepare') return;
    if (wanted === undefined) {
      this.#unreadLimits.delete(name);
      return;
    }
    this.#own.add(name);
    if (step.phase === 'confine') this.#unreadLimits.add(name);
  }

  #control(step: CallStep): void {
    const argument = numberOf(step, 1);
    switch (numberOf(step, 0)) {
      case PRCTL.SET_DUMPABLE:
        if (argument === 0n) this.#own.add('dumpable');
        else this.#own.delete('dumpable');
        return;
      case PRCTL.GET_DUMPABLE:
        if (expects(step, 0n)) this.#own.add('dumpable read');
        return;
      case PRCTL.SET_PDEATHSIG:
        if (argument === SIGKILL) this.#own.add('death signal');
        return;
      default:
        return;
    }
  }
}

type Requirement = readonly [holds: boolean, invariant: Invariant, message: string];

function violations(requirements: readonly Requirement[]): readonly Violation[] {
  return requirements.filter(([holds]) => !holds).map(([, invariant, message]) => ({ invariant, message }));
}
