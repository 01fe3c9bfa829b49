import {
  ALL_CAPABILITIES,
  type CapabilityName,
  type CapabilitySet,
  capabilitySet,
} from '../../kernel/capabilities.ts';
import { constantBits } from '../../kernel/constants.ts';

type Ids = readonly [real: number, effective: number, saved: number];

/**
 * The credentials of one process as the kernel keeps them, with the rules by which it lets them change.
 * Source: kernel/cred.c, kernel/sys.c, security/commoncap.c, capabilities(7). A method answers why the kernel would
 * refuse, or `undefined` and the change is made.
 */
export class Credentials {
  uids: Ids;
  gids: Ids;
  /** `undefined`: the value of the caller. */
  groups: readonly number[] | undefined;
  effective: CapabilitySet;
  permitted: CapabilitySet;
  inheritable: CapabilitySet = 0n;
  ambient: CapabilitySet = 0n;
  bounding: CapabilitySet = ALL_CAPABILITIES;
  securebits = 0n;
  noNewPrivileges = false;

  constructor(uid: number, gid: number, permitted: CapabilitySet) {
    this.uids = [uid, uid, uid];
    this.gids = [gid, gid, gid];
    this.permitted = permitted;
    this.effective = permitted;
  }

  clone(): Credentials {
    return Object.assign(new Credentials(0, 0, 0n), this);
  }

  has(name: CapabilityName): boolean {
    return (this.effective & capabilitySet([name])) !== 0n;
  }

  lacks(name: CapabilityName): string | undefined {
    return this.has(name) ? undefined : `${name} is not in the effective set`;
  }

  setCapabilities(
    effective: CapabilitySet,
    permitted: CapabilitySet,
    inheritable: CapabilitySet,
  ): string | undefined {
    if ((permitted & ~this.permitted) !== 0n) return 'capset cannot add to the permitted set';
    if ((effective & ~permitted) !== 0n) return 'the effective set exceeds the permitted one';
    const capped = this.has('CAP_SETPCAP') ? inheritable : this.inheritable | this.permitted;
    if ((inheritable & ~capped) !== 0n) return 'the inheritable set exceeds what is permitted';
    if ((inheritable & ~(this.inheritable | this.bounding)) !== 0n)
      return 'the inheritable set exceeds the bounding one';
    this.permitted = permitted;
    this.effective = effective;
    this.inheritable = inheritable;
    this.ambient &= permitted & inheritable;
    return undefined;
  }

  setGroups(groups: readonly number[]): string | undefined {
    const problem = this.lacks('CAP_SETGID');
    if (problem === undefined) this.groups = groups;
    return problem;
  }

  setGids(ids: Ids): string | undefined {
    if (!this.has('CAP_SETGID') && !ids.every((id) => this.gids.includes(id)))
      return this.lacks('CAP_SETGID');
    this.gids = ids;
    return undefined;
  }

  setUids(ids: Ids): string | undefined {
    if (!this.has('CAP_SETUID') && !ids.every((id) => this.uids.includes(id)))
      return this.lacks('CAP_SETUID');
    const before = this.uids;
    this.uids = ids;
    if ((this.securebits & NO_SETUID_FIXUP) !== 0n) return undefined;
    if (before.includes(0) && !ids.includes(0)) {
      if ((this.securebits & KEEP_CAPS) === 0n) this.permitted = 0n;
      this.ambient = 0n;
    }
    if (before[1] === 0 && ids[1] !== 0) this.effective = 0n;
    if (before[1] !== 0 && ids[1] === 0) this.effective = this.permitted;
    this.effective &= this.permitted;
    return undefined;
  }

  setSecurebits(bits: bigint): string | undefined {
    const locked = (this.securebits & LOCKS) >> 1n;
    if (((this.securebits ^ bits) & locked) !== 0n) return 'a secure bit is locked';
    if ((this.securebits & LOCKS & ~bits) !== 0n) return 'a lock of a secure bit cannot be opened';
    if ((bits & ~KNOWN) !== 0n) return 'a secure bit is not known';
    const problem = this.lacks('CAP_SETPCAP');
    if (problem === undefined) this.securebits = bits;
    return problem;
  }

  setKeepCapabilities(on: boolean): string | undefined {
    if ((this.securebits & KEEP_CAPS_LOCKED) !== 0n) return 'SECBIT_KEEP_CAPS is locked';
    this.securebits = on ? this.securebits | KEEP_CAPS : this.securebits & ~KEEP_CAPS;
    return undefined;
  }

  dropBounding(capability: number): string | undefined {
    const problem = this.lacks('CAP_SETPCAP');
    if (problem === undefined) this.bounding &= ~(1n << BigInt(capability));
    return problem;
  }

  raiseAmbient(capability: number): string | undefined {
    const bit = 1n << BigInt(capability);
    if ((this.permitted & this.inheritable & bit) === 0n)
      return 'an ambient capability must be permitted and inheritable';
    if ((this.securebits & NO_AMBIENT_RAISE) !== 0n) return 'SECBIT_NO_CAP_AMBIENT_RAISE is set';
    this.ambient |= bit;
    return undefined;
  }

  /**
   * unshare(CLONE_NEWUSER): all capabilities that the kernel has over the new namespace, no identity until the maps are
   * written.
   */
  enterUserNamespace(all: CapabilitySet): void {
    this.permitted = all;
    this.effective = all;
    this.inheritable = 0n;
    this.ambient = 0n;
    this.bounding = all;
    this.securebits = 0n;
  }
}

const NO_SETUID_FIXUP = constantBits('SECBIT_NO_SETUID_FIXUP');
const KEEP_CAPS = constantBits('SECBIT_KEEP_CAPS');
const KEEP_CAPS_LOCKED = constantBits('SECBIT_KEEP_CAPS_LOCKED');
const NO_AMBIENT_RAISE = constantBits('SECBIT_NO_CAP_AMBIENT_RAISE');
/** Each bit has its lock beside it. */
const LOCKS = constantBits(
  'SECBIT_NOROOT_LOCKED|SECBIT_NO_SETUID_FIXUP_LOCKED|SECBIT_KEEP_CAPS_LOCKED|SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED',
);
const KNOWN = LOCKS | (LOCKS >> 1n);
