import { capabilitySet } from '../../kernel/capabilities.ts';
import { capabilityText, readCapabilityData } from '../capabilities.ts';
import { readField } from '../data.ts';
import type { Launcher } from '../facts.ts';
import type { CallStep } from '../step.ts';
import { Credentials } from './credentials.ts';
import { dataOf, numberOf, textOf, wordsOf } from './operand-values.ts';
import { controlCredentials, controlReadBack } from './process-controls.ts';
import type { Invariant, Violation } from './violation.ts';

const SOCKET_CALLS: ReadonlySet<string> = new Set(['socket', 'setsockopt', 'bind', 'listen']);
const CLONE_NEWUSER = 0x1000_0000n;

/** What the calls of a process have made of it: its credentials, and what it did and has not read back yet. */
export class ProcessState {
  readonly credentials: Credentials;
  readonly #done: Set<string>;
  readonly #unread: Set<string>;
  #outsideRoot: boolean;
  readonly #launcher: Launcher;
  #mapFile = '';

  constructor(launcher: Launcher, parent?: ProcessState) {
    const { uid, gid, permitted } = launcher;
    this.#launcher = launcher;
    this.credentials = parent?.credentials.clone() ?? new Credentials(uid, gid, permitted);
    this.#done = new Set(parent === undefined ? [] : parent.#done);
    this.#unread = new Set(parent === undefined ? [] : parent.#unread);
    this.#outsideRoot = parent === undefined ? false : parent.#outsideRoot;
  }

  /** Whether it, or an ancestor before it was forked, did something: a call, or what several calls come to. */
  did(deed: string): boolean {
    return this.#done.has(deed);
  }

  /** Calls whose effect nothing has read back. */
  get unread(): readonly string[] {
    return [...this.#unread];
  }

  /** Whether the working directory is outside the root. */
  get isOutsideRoot(): boolean {
    return this.#outsideRoot;
  }

  /** What of a call breaks an invariant; the state changes as the kernel's would. */
  execute(step: CallStep): readonly Violation[] {
    const violations: Violation[] = [];
    const broken = (invariant: Invariant, message: string): void =>
      void violations.push({ invariant, message });
    if (SOCKET_CALLS.has(step.call)) this.#checkSocket(step, broken);
    const wanted = step.expect.kind === 'errno' ? 'refuse' : 'allow';
    const before = this.credentials.clone();
    const refusal = this.#apply(step, broken);
    if (wanted === 'allow' && refusal !== undefined)
      broken('kernel-refuses', `the kernel would refuse: ${refusal}`);
    if (wanted === 'refuse') {
      if (refusal === undefined) broken('kernel-refuses', 'the kernel would not refuse this');
      Object.assign(this.credentials, before);
    }
    return violations;
  }

  #checkSocket(step: CallStep, broken: (invariant: Invariant, message: string) => void): void {
    const extra = this.credentials.effective & ~capabilitySet(['CAP_NET_BIND_SERVICE']);
    if (extra !== 0n) broken('socket-privilege', `the effective set holds ${capabilityText(extra)} as well`);
    const address = step.call === 'bind' ? dataOf(step, 1) : undefined;
    if (address === undefined) return;
    const port = Number(readField(address, 2, 1) << 8n) + Number(readField(address, 3, 1));
    const { permitted, unprivilegedPortStart } = this.#launcher;
    const lacks = port < unprivilegedPortStart && this.credentials.lacks('CAP_NET_BIND_SERVICE');
    if (lacks && permitted !== 0n) broken('kernel-refuses', `port ${port}: ${lacks}`);
  }

  /** Why the kernel would refuse a call; the model changes as the kernel's state would. */
  #apply(step: CallStep, broken: (invariant: Invariant, message: string) => void): string | undefined {
    const credentials = this.credentials;
    const number = (index: number): number => Number(BigInt.asIntN(32, numberOf(step, index)));
    switch (step.call) {
      case 'capset': {
        const sets = dataOf(step, 1);
        if (sets === undefined) return 'no sets are given';
        const { effective, permitted, inheritable } = readCapabilityData(sets);
        this.#unread.add('capset');
        return credentials.setCapabilities(effective, permitted, inheritable);
      }
      case 'setgroups':
        if (this.#done.has('setresgid') || this.#done.has('setresuid'))
          broken('identity-order', 'groups come before the group and the user');
        this.#identity('setgroups');
        return credentials.setGroups(wordsOf(dataOf(step, 1), number(0)));
      case 'setresgid':
        if (this.#done.has('setresuid')) broken('identity-order', 'the group comes before the user');
        this.#identity('setresgid');
        return credentials.setGids([number(0), number(1), number(2)]);
      case 'setresuid':
        if (step.expect.kind === 'errno') {
          this.#done.add('root refused');
          return credentials.clone().setUids([number(0), number(1), number(2)]);
        }
        this.#identity('setresuid');
        return credentials.setUids([number(0), number(1), number(2)]);
      case 'setreuid':
        return credentials.clone().setUids([number(0), number(1), number(1)]);
      case 'getresuid':
        return this.#readBack('setresuid', step, credentials.uids);
      case 'getresgid':
        return this.#readBack('setresgid', step, credentials.gids);
      case 'getgroups':
        return this.#readBack(
          'setgroups',
          step,
          credentials.groups && [...credentials.groups].sort(byNumber),
        );
      case 'capget':
        return this.#readBack('capset', step, this.#capabilityWords());
      case 'chroot':
        this.#outsideRoot = true;
        return credentials.lacks('CAP_SYS_CHROOT');
      case 'chdir':
        this.#outsideRoot = this.#outsideRoot && !textOf(dataOf(step, 0)).startsWith('/');
        return undefined;
      case 'mount':
        return credentials.lacks('CAP_SYS_ADMIN');
      case 'unshare':
        return this.#unshare(numberOf(step, 0));
      case 'openat':
        this.#mapFile = textOf(dataOf(step, 1));
        return undefined;
      case 'write':
        return this.#writeMap(textOf(dataOf(step, 1)));
      case 'mmap':
        return this.#mapPage(step);
      case 'landlock_restrict_self':
        return credentials.noNewPrivileges ? undefined : 'Landlock needs no_new_privs first';
      case 'seccomp':
        if (!credentials.noNewPrivileges)
          broken('no-new-privs-before-filter', 'a filter needs no_new_privs first');
        return undefined;
      case 'prctl':
        return this.#prctl(step);
      default:
        return undefined;
    }
  }

  #identity(name: string): void {
    this.#done.add(name);
    this.#unread.add(name);
  }

  /** Reading back counts only when what is compared is what the model says is there. */
  #readBack(what: string, step: CallStep, expected: readonly number[] | undefined): string | undefined {
    const compared = step.checks.map((check) => Number(check.equals & check.mask));
    if (compared.join(' ') !== expected?.join(' ')) return `what ${what} has set is another`;
    this.#unread.delete(what);
    return undefined;
  }

  /** Below vm.mmap_min_addr only CAP_SYS_RAWIO maps. Source: cap_mmap_addr() in security/commoncap.c. */
  #mapPage(step: CallStep): string | undefined {
    if (numberOf(step, 0) !== 0n) return undefined;
    this.#done.add(step.expect.kind === 'errno' ? 'page zero refused' : 'page zero');
    return this.credentials.lacks('CAP_SYS_RAWIO');
  }

  #capabilityWords(): readonly number[] {
    const { effective, permitted, inheritable } = this.credentials;
    return [0n, 32n].flatMap((shift) =>
      [effective, permitted, inheritable].map((set) => Number((set >> shift) & 0xffff_ffffn)),
    );
  }

  #unshare(flags: bigint): string | undefined {
    const needsAdmin = (flags & ~CLONE_NEWUSER) !== 0n && (flags & CLONE_NEWUSER) === 0n;
    if (needsAdmin) return this.credentials.lacks('CAP_SYS_ADMIN');
    this.credentials.enterUserNamespace();
    this.#done.add('user-namespace');
    return undefined;
  }

  #writeMap(content: string): undefined {
    const inside = Number(content.split(' ')[0]);
    if (this.#mapFile === '/proc/self/uid_map') this.credentials.uids = [inside, inside, inside];
    if (this.#mapFile === '/proc/self/gid_map') this.credentials.gids = [inside, inside, inside];
    return undefined;
  }

  #prctl(step: CallStep): string | undefined {
    const { sets, reads } = controlReadBack(step);
    if (sets !== undefined) this.#unread.add(sets);
    if (reads !== undefined) this.#unread.delete(reads);
    return controlCredentials(step, this.credentials);
  }
}

function byNumber(a: number, b: number): number {
  return a - b;
}
