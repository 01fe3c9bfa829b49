import { isDatagram } from '../../policy/datagram.ts';
import { listenerSpan } from '../../policy/listener-span.ts';
import type { Policy, UnixAddress, UnixPath } from '../../policy/policy.ts';
import type { CallOptions, PlanBuilder } from '../builder.ts';
import { data, fails, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import type { GatedContract } from '../contract.ts';
import { bytesData, type Data, emptyData } from '../data.ts';
import type { CapabilityNeed } from '../need.ts';
import type { Check } from '../step.ts';
import type { HeldPrivilege } from './capabilities.ts';
import { BACKLOG, listenerSlot } from './listener.ts';
import { refuseOnSocket } from './received-descriptors.ts';

/** The accounts of the sockets that are files, by the index of the address; absent: those of the launcher. */
export type SocketOwners = ReadonlyMap<
  number,
  { readonly uid: number | undefined; readonly gid: number | undefined }
>;

const paths = ({ listen }: Policy): readonly UnixPath[] =>
  listen.flatMap((address) =>
    address.kind === 'unix' && address.place.kind === 'path' && address.inherit === undefined
      ? [address.place]
      : [],
  );

/** A socket that belongs to somebody else, and whose mode lets only the owner connect. */
export const PROBE_NEED: CapabilityNeed = {
  capability: 'CAP_DAC_OVERRIDE',
  to: 'to see whether a socket of another owner is in use',
  does: 'looks whether a socket is in use that has an `owner`',
  when: (policy) => paths(policy).some(({ owner }) => owner !== undefined),
  without: 'refused',
  instead: 'leave out `owner` in `listen`',
};

export const OWNER_NEED: CapabilityNeed = {
  capability: 'CAP_CHOWN',
  to: 'to give a socket to its owner',
  does: 'gives a socket its `owner` or `group`',
  when: (policy) => paths(policy).some(({ owner, group }) => owner !== undefined || group !== undefined),
  without: 'refused',
  instead: 'leave out `owner` and `group` in `listen`',
};

/** Places in `struct statx`, the same on both machines. Source: include/uapi/linux/stat.h. */
export const STATX = { size: 256, uid: 20, gid: 24, mode: 28 } as const;

/** The flags with which the directory is opened: an ordinary user opens so only what is the user's own. Source: open(2). */
export function directoryFlags(unprivileged: boolean): string {
  const flags = 'O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC';
  return unprivileged ? `${flags}|O_NOATIME` : flags;
}

/** `struct sockaddr_un`, as long as the name: a path ends with a zero, an abstract name begins with one. */
export function unixSocketAddress({ place }: UnixAddress, family: bigint): Data {
  const name = place.kind === 'path' ? `${splitPath(place.path).name}\0` : `\0${place.name}`;
  return bytesData(Uint8Array.from([Number(family), 0, ...new TextEncoder().encode(name)]));
}

/** The directory that is opened, and the name in it. */
export function splitPath(path: string): { readonly directory: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { directory: path.slice(0, slash) || '/', name: path.slice(slash + 1) };
}

/** The file by which starters of one socket keep each other out. Nobody but its owner may open it. */
export function lockName(name: string): string {
  return `.${name}.lock`;
}

/** The type of the socket: a service that accepts for itself expects one that blocks. */
export function unixType({ type }: UnixAddress, { handoff }: Pick<Policy, 'handoff'>): string {
  const flags = handoff === 'connection' ? 'SOCK_CLOEXEC|SOCK_NONBLOCK' : 'SOCK_CLOEXEC';
  const types = { stream: 'SOCK_STREAM', seqpacket: 'SOCK_SEQPACKET', dgram: 'SOCK_DGRAM' } as const;
  return `${types[type]}|${flags}`;
}

/** Makes the UNIX sockets of a policy, in the namespaces of the host and with no capability but those of the two needs. */
export function openUnixSockets(builder: PlanBuilder, contract: GatedContract, held: HeldPrivilege): void {
  for (const [index, address] of contract.policy.listen.entries()) {
    if (address.kind !== 'unix' || address.inherit !== undefined) continue;
    const maker = new SocketMaker(builder, contract, held, address, index);
    switch (address.place.kind) {
      case 'path':
        maker.makeFile(address.place);
        break;
      case 'abstract':
        maker.makeName();
        break;
      default:
        address.place satisfies never;
    }
  }
}

/** The steps of one socket. */
class SocketMaker {
  readonly #builder: PlanBuilder;
  readonly #contract: GatedContract;
  readonly #held: HeldPrivilege;
  readonly #address: UnixAddress;
  readonly #index: number;
  readonly #sockaddr: Data;

  constructor(
    builder: PlanBuilder,
    contract: GatedContract,
    held: HeldPrivilege,
    address: UnixAddress,
    index: number,
  ) {
    this.#builder = builder;
    this.#contract = contract;
    this.#held = held;
    this.#address = address;
    this.#index = index;
    this.#sockaddr = unixSocketAddress(address, builder.constant('AF_UNIX'));
  }

  makeName(): void {
    this.#socket();
    this.#bind('the name, in the network of the host');
    this.#listen();
  }

  /**
   * The directory is entered, so that nothing can be put in the place of a part of the path, and the lock keeps other
   * starters out until the socket listens. A socket that nobody serves is removed; everything else stays and ends the
   * launch.
   */
  makeFile(place: UnixPath): void {
    const { directory, name } = splitPath(place.path);
    this.#enter(directory);
    this.#lock(name);
    this.#removeStale(place, name);
    this.#socket();
    const first = isDatagram(this.#address) ? 0 : place.mode;
    this.#call('umask', [value(0o777 & ~first, octal(0o777 & ~first))], {
      why:
        first === 0 ? 'it receives from bind on, and not yet' : `the mode of the socket is ${octal(first)}`,
      source: this.#spanOf('mode'),
      expect: NOT_NEGATIVE,
    });
    this.#bind('the name, in its directory');
    this.#own(place, name);
    this.#listen();
    this.#call('close', [slot('socket.lock')], { why: 'the next starter sees a socket that listens' });
  }

  #enter(directory: string): void {
    const { facts, unprivileged } = this.#contract;
    this.#call('openat', ['AT_FDCWD', text(directory), directoryFlags(unprivileged), 0], {
      why: unprivileged
        ? "the directory of the socket, which is the caller's own"
        : 'the directory of the socket',
      expect: NOT_NEGATIVE,
      store: 'socket.directory',
    });
    const found = emptyData(STATX.size);
    const owner: Check = {
      data: found,
      offset: STATX.uid,
      width: 4,
      mask: 0xffff_ffffn,
      equals: BigInt(facts.uid),
    };
    const closed: Check = { data: found, offset: STATX.mode, width: 4, mask: 0o022n, equals: 0n };
    this.#call(
      'statx',
      [
        slot('socket.directory'),
        text(''),
        'AT_EMPTY_PATH',
        'STATX_MODE|STATX_UID',
        data(found, 'owner, mode'),
      ],
      { why: 'nobody else may write to it', checks: unprivileged ? [closed] : [owner, closed] },
    );
    this.#call('fchdir', [slot('socket.directory')], {
      why: 'its name is short, and no link leads elsewhere',
    });
    this.#call('close', [slot('socket.directory')], { why: 'it has been entered' });
  }

  #lock(name: string): void {
    const flags = 'O_RDWR|O_CREAT|O_NOFOLLOW|O_CLOEXEC';
    this.#call('openat', ['AT_FDCWD', text(lockName(name)), flags, value(0o600, '0600')], {
      why: 'starters of this socket keep each other out; the file stays',
      expect: NOT_NEGATIVE,
      store: 'socket.lock',
    });
    this.#call('flock', [slot('socket.lock'), 'LOCK_EX|LOCK_NB'], { why: 'no other starter is at work' });
  }

  #removeStale({ owner }: UnixPath, name: string): void {
    const found = emptyData(STATX.size);
    const isSocket = this.#modeIs(found, 'S_IFMT', this.#builder.constant('S_IFSOCK'));
    this.#call('statx', this.#lookingAt(name, found, 'STATX_TYPE'), {
      why: 'only a socket is ever replaced',
      tolerate: ['ENOENT'],
      checks: [isSocket],
    });
    this.#call('socket', ['AF_UNIX', 'SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK', 0], {
      why: 'to see whether somebody serves it',
      expect: NOT_NEGATIVE,
      store: 'socket.probe',
    });
    if (owner !== undefined) this.#held.hold(PROBE_NEED, this.#spanOf('owner'));
    this.#call('connect', [slot('socket.probe'), data(this.#sockaddr, name), this.#sockaddr.bytes.length], {
      why: 'nobody serves it',
      expect: fails('ECONNREFUSED'),
      tolerate: ['ENOENT'],
    });
    if (owner !== undefined) this.#held.lower();
    this.#call('close', [slot('socket.probe')], { why: 'nobody serves it' });
    this.#call('unlinkat', ['AT_FDCWD', text(name), 0], {
      why: 'a socket that nobody serves is replaced',
      tolerate: ['ENOENT'],
    });
  }

  #own({ mode, owner, group }: UnixPath, name: string): void {
    const { uid, gid } = this.#contract.socketOwners.get(this.#index) ?? {};
    const source = this.#spanOf(owner === undefined ? 'group' : 'owner');
    if (isDatagram(this.#address)) this.#open({ mode, owner, group }, name, { uid, gid });
    else if (owner !== undefined || group !== undefined) {
      this.#held.hold(OWNER_NEED, source);
      this.#call(
        'fchownat',
        ['AT_FDCWD', text(name), idOperand(uid), idOperand(gid), 'AT_SYMLINK_NOFOLLOW'],
        { why: 'before it listens, nobody can have connected', source },
      );
      this.#held.lower();
    }
    const found = emptyData(STATX.size);
    const whole = 'S_IFMT|S_IRWXU|S_IRWXG|S_IRWXO';
    const checks = [
      this.#modeIs(found, whole, this.#builder.constant('S_IFSOCK') | BigInt(mode)),
      ...(uid === undefined ? [] : [idIs(found, STATX.uid, uid)]),
      ...(gid === undefined ? [] : [idIs(found, STATX.gid, gid)]),
    ];
    this.#call('statx', this.#lookingAt(name, found, 'STATX_TYPE|STATX_MODE|STATX_UID|STATX_GID'), {
      why: 'read back',
      checks,
    });
  }

  /**
   * The mode comes after the group, since it lets the group in, and before the owner, since afterwards it would take
   * another capability.
   */
  #open(
    { mode, owner, group }: Pick<UnixPath, 'mode' | 'owner' | 'group'>,
    name: string,
    { uid, gid }: { readonly uid: number | undefined; readonly gid: number | undefined },
  ): void {
    const give = (to: typeof uid, toGroup: typeof gid, key: string): void => {
      const source = this.#spanOf(key);
      this.#held.hold(OWNER_NEED, source);
      this.#call(
        'fchownat',
        ['AT_FDCWD', text(name), idOperand(to), idOperand(toGroup), 'AT_SYMLINK_NOFOLLOW'],
        { why: 'nobody else can have sent to it', source },
      );
      this.#held.lower();
    };
    if (group !== undefined) give(undefined, gid, 'group');
    this.#call('fchmodat', ['AT_FDCWD', text(name), value(mode, octal(mode))], {
      why: 'from here on it receives',
      source: this.#spanOf('mode'),
    });
    if (owner !== undefined) give(uid, undefined, 'owner');
  }

  #socket(): void {
    const { policy, facts } = this.#contract;
    this.#call('socket', ['AF_UNIX', unixType(this.#address, policy), 0], {
      why: `a socket for ${this.#address.text}`,
      expect: NOT_NEGATIVE,
      store: listenerSlot(this.#index),
    });
    if (this.#address.receivesDescriptors) return;
    refuseOnSocket(this.#builder, listenerSlot(this.#index), facts, this.#spanOf());
  }

  #bind(why: string): void {
    const sockaddr = data(this.#sockaddr, this.#address.text);
    this.#call('bind', [this.#fd, sockaddr, this.#sockaddr.bytes.length], { why });
  }

  #listen(): void {
    if (isDatagram(this.#address)) return;
    this.#call('listen', [this.#fd, value(BACKLOG, String(BACKLOG))], {
      why: 'connections queue here while the session limit is reached',
    });
  }

  get #fd(): ReturnType<typeof slot> {
    return slot(listenerSlot(this.#index));
  }

  #modeIs(found: Data, mask: string, equals: bigint): Check {
    return { data: found, offset: STATX.mode, width: 4, mask: this.#builder.constant(mask), equals };
  }

  #lookingAt(name: string, found: Data, mask: string): Parameters<PlanBuilder['call']>[1] {
    return ['AT_FDCWD', text(name), 'AT_SYMLINK_NOFOLLOW', mask, data(found, 'what stands there')];
  }

  #spanOf(key?: string): CallOptions['source'] {
    return listenerSpan(this.#contract.policy.spans, this.#index, key);
  }

  #call(name: string, args: Parameters<PlanBuilder['call']>[1], options: CallOptions): void {
    this.#builder.call(name, args, { source: this.#spanOf(), ...options });
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** An owner or group of a file; without one it stays as it is. */
export function idOperand(id: number | undefined): ReturnType<typeof value> {
  return id === undefined ? value(0xffff_ffff, 'as it is') : value(id, String(id));
}

function idIs(found: Data, offset: number, id: number): Check {
  return { data: found, offset, width: 4, mask: 0xffff_ffffn, equals: BigInt(id) };
}
