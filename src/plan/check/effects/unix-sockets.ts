import type { UnixAddress, UnixPath } from '../../../policy/policy.ts';
import { constantsOf, data, fails, NOT_NEGATIVE, slot, text, value } from '../../builder.ts';
import type { GatedContract } from '../../contract.ts';
import { bytesData, type Data, emptyData, structData } from '../../data.ts';
import { BACKLOG, listenerSlot } from '../../steps/listener.ts';
import { refusesDescriptors } from '../../steps/received-descriptors.ts';
import { OWNER_NEED, PROBE_NEED } from '../../steps/unix-sockets.ts';
import type { CallEffect, Found } from '../call-effect.ts';

const DIRECTORY = 'socket.directory';
const LOCK = 'socket.lock';
const PROBE = 'socket.probe';
const AS_IT_IS = 0xffff_ffff;
const ALL = 0xffff_ffffn;

/** `struct statx`: its size, and where it has owner, group and mode. Source: include/uapi/linux/stat.h. */
const [STATX_SIZE, UID, GID, MODE] = [256, 20, 24, 28];

interface Socket {
  readonly contract: GatedContract;
  readonly address: UnixAddress;
  readonly index: number;
  readonly sockaddr: Data;
  readonly where: Pick<CallEffect, 'phase' | 'roles' | 'of' | 'within'>;
}

/** One UNIX socket, made in the file system and the network of the host. A file is made under a lock, in its directory. */
export function unixSocketOf(
  contract: GatedContract,
  address: UnixAddress,
  index: number,
): readonly CallEffect[] {
  const { place } = address;
  const name = place.kind === 'path' ? `${place.path.replace(/^.*\//, '')}\0` : `\0${place.name}`;
  const family = [Number(constantsOf('AF_UNIX', contract.facts.architecture)), 0];
  const sockaddr = bytesData(Uint8Array.from([...family, ...new TextEncoder().encode(name)]));
  const where = { phase: 'prepare', roles: ['outer'], of: listenerSlot(index), within: [] } as const;
  const socket = { contract, address, index, sockaddr, where };
  switch (place.kind) {
    case 'path':
      return [
        ...entered(socket, place),
        ...replaced(socket, place),
        ...made(socket),
        ...owned(socket, place),
      ];
    case 'abstract':
      return made(socket);
  }
}

function entered({ contract, where }: Socket, { path }: UnixPath): readonly CallEffect[] {
  const { facts, unprivileged } = contract;
  const flags = `O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC${unprivileged ? '|O_NOATIME' : ''}`;
  const owner: Found = { operand: 4, offset: UID, width: 4, mask: ALL, equals: BigInt(facts.uid) };
  const closed: Found = { operand: 4, offset: MODE, width: 4, mask: 0o022n, equals: 0n };
  return [
    {
      ...where,
      call: 'openat',
      operands: ['AT_FDCWD', text(path.replace(/\/[^/]*$/, '') || '/'), flags, 0],
      expect: NOT_NEGATIVE,
      store: DIRECTORY,
      deed: 'socket directory is open',
      before: ['namespaces', 'user namespace'],
    },
    {
      ...where,
      call: 'statx',
      operands: [slot(DIRECTORY), text(''), 'AT_EMPTY_PATH', 'STATX_MODE|STATX_UID', written()],
      finds: unprivileged ? [closed] : [owner, closed],
      deed: 'socket directory read',
      after: ['socket directory is open'],
    },
    {
      ...where,
      call: 'fchdir',
      operands: [slot(DIRECTORY)],
      deed: 'socket directory is entered',
      after: ['socket directory read'],
    },
    {
      ...where,
      call: 'close',
      operands: [slot(DIRECTORY)],
      deed: 'socket directory is closed',
      after: ['socket directory is entered'],
    },
    {
      ...where,
      call: 'openat',
      operands: [
        'AT_FDCWD',
        text(`.${nameOf(path)}.lock`),
        'O_RDWR|O_CREAT|O_NOFOLLOW|O_CLOEXEC',
        value(0o600, ''),
      ],
      expect: NOT_NEGATIVE,
      store: LOCK,
      deed: 'lock is open',
      after: ['socket directory is closed'],
    },
    {
      ...where,
      call: 'flock',
      operands: [slot(LOCK), 'LOCK_EX|LOCK_NB'],
      deed: 'starters are locked out',
      after: ['lock is open'],
    },
  ];
}

function replaced(socket: Socket, { path, owner }: UnixPath): readonly CallEffect[] {
  const { contract, where, sockaddr } = socket;
  const isSocket = typeIs(contract, 'S_IFMT', 0n);
  return [
    {
      ...where,
      call: 'statx',
      operands: ['AT_FDCWD', text(nameOf(path)), 'AT_SYMLINK_NOFOLLOW', 'STATX_TYPE', written()],
      tolerate: ['ENOENT'],
      finds: [isSocket],
      deed: 'place is looked at',
      after: ['starters are locked out'],
    },
    {
      ...where,
      call: 'socket',
      operands: ['AF_UNIX', 'SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK', 0],
      expect: NOT_NEGATIVE,
      store: PROBE,
      deed: 'probe is made',
      after: ['place is looked at'],
    },
    {
      ...where,
      ...(owner === undefined ? {} : { within: [PROBE_NEED], needs: PROBE_NEED }),
      call: 'connect',
      operands: [slot(PROBE), data(sockaddr, ''), sockaddr.bytes.length],
      expect: fails('ECONNREFUSED'),
      tolerate: ['ENOENT'],
      deed: 'socket is unserved',
      after: ['probe is made'],
    },
    {
      ...where,
      call: 'close',
      operands: [slot(PROBE)],
      deed: 'probe is closed',
      after: ['socket is unserved'],
    },
    {
      ...where,
      call: 'unlinkat',
      operands: ['AT_FDCWD', text(nameOf(path)), 0],
      tolerate: ['ENOENT'],
      deed: 'stale socket is gone',
      after: ['probe is closed'],
    },
  ];
}

/** The socket itself; that of a name has no more steps. */
function made({ contract, address, index, sockaddr, where }: Socket): readonly CallEffect[] {
  const { policy, facts } = contract;
  const [name, isFile] = [listenerSlot(index), address.place.kind === 'path'];
  const type = { stream: 'SOCK_STREAM', seqpacket: 'SOCK_SEQPACKET', dgram: 'SOCK_DGRAM' }[address.type];
  const flags = policy.handoff === 'connection' ? 'SOCK_CLOEXEC|SOCK_NONBLOCK' : 'SOCK_CLOEXEC';
  const refusing: CallEffect = {
    ...where,
    call: 'setsockopt',
    operands: [slot(name), 'SOL_SOCKET', 'SO_PASSRIGHTS', data(structData([[4, 0]]), ''), 4],
    tolerate: refusesDescriptors(facts) ? [] : ['ENOPROTOOPT'],
    deed: 'socket refuses descriptors',
    after: ['socket is made'],
  };
  const listens: CallEffect = {
    ...where,
    call: 'listen',
    operands: [slot(name), BACKLOG],
    deed: 'socket listens',
    after: isFile ? ['socket read'] : ['socket is bound'],
  };
  const refuses = !address.receivesDescriptors;
  return [
    {
      ...where,
      call: 'socket',
      operands: ['AF_UNIX', `${type}|${flags}`, 0],
      expect: NOT_NEGATIVE,
      store: name,
      deed: 'socket is made',
      after: isFile ? ['stale socket is gone'] : [],
      before: ['namespaces', 'user namespace'],
    },
    ...(refuses ? [refusing] : []),
    {
      ...where,
      call: 'bind',
      operands: [slot(name), data(sockaddr, ''), sockaddr.bytes.length],
      deed: 'socket is bound',
      after: [
        'socket is made',
        ...(refuses ? (['socket refuses descriptors'] as const) : []),
        ...(isFile ? (['socket mode'] as const) : []),
      ],
      before: ['namespaces', 'user namespace'],
    },
    ...(address.type === 'dgram' ? [] : [listens]),
  ];
}

function owned(
  { contract, address, index, where }: Socket,
  { path, owner, group, mode }: UnixPath,
): readonly CallEffect[] {
  const { uid, gid } = contract.socketOwners.get(index) ?? {};
  const isOwned = owner !== undefined || group !== undefined;
  const isDatagram = address.type === 'dgram';
  const giving: CallEffect = {
    ...where,
    within: [OWNER_NEED],
    call: 'fchownat',
    operands: ['AT_FDCWD', text(nameOf(path)), uid ?? AS_IT_IS, gid ?? AS_IT_IS, 'AT_SYMLINK_NOFOLLOW'],
    deed: 'socket owner',
    after: ['socket is bound'],
    needs: OWNER_NEED,
  };
  const given = (
    [to, toGroup]: readonly [number, number],
    deed: 'datagram socket owner' | 'datagram socket group',
    after: 'socket is bound' | 'socket is open',
  ): CallEffect => ({
    ...giving,
    operands: ['AT_FDCWD', text(nameOf(path)), to, toGroup, 'AT_SYMLINK_NOFOLLOW'],
    deed,
    after: [after],
  });
  const opened: readonly CallEffect[] = [
    ...(group === undefined
      ? []
      : [given([AS_IT_IS, gid ?? AS_IT_IS], 'datagram socket group', 'socket is bound')]),
    {
      ...where,
      call: 'fchmodat',
      operands: ['AT_FDCWD', text(nameOf(path)), value(mode, '')],
      deed: 'socket is open',
      after: [group === undefined ? 'socket is bound' : 'datagram socket group'],
    },
    ...(owner === undefined
      ? []
      : [given([uid ?? AS_IT_IS, AS_IT_IS], 'datagram socket owner', 'socket is open')]),
  ];
  return [
    {
      ...where,
      call: 'umask',
      operands: [isDatagram ? 0o777 : 0o777 & ~mode],
      expect: NOT_NEGATIVE,
      deed: 'socket mode',
      after: ['stale socket is gone'],
    },
    ...(isDatagram ? opened : isOwned ? [giving] : []),
    {
      ...where,
      call: 'statx',
      operands: [
        'AT_FDCWD',
        text(nameOf(path)),
        'AT_SYMLINK_NOFOLLOW',
        'STATX_TYPE|STATX_MODE|STATX_UID|STATX_GID',
        written(),
      ],
      finds: [
        typeIs(contract, 'S_IFMT|S_IRWXU|S_IRWXG|S_IRWXO', BigInt(mode)),
        ...(uid === undefined ? [] : [idIs(UID, uid)]),
        ...(gid === undefined ? [] : [idIs(GID, gid)]),
      ],
      deed: 'socket read',
      after: [
        ...(isDatagram ? (['socket is open'] as const) : []),
        isDatagram && owner !== undefined
          ? 'datagram socket owner'
          : !isDatagram && isOwned
            ? 'socket owner'
            : 'socket is bound',
      ],
    },
    {
      ...where,
      call: 'close',
      operands: [slot(LOCK)],
      deed: 'lock is closed',
      after: [isDatagram ? 'socket read' : 'socket listens'],
    },
  ];
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '');
}

function written(): ReturnType<typeof data> {
  return data(emptyData(STATX_SIZE), '');
}

/** A socket, with these bits of its mode. */
function typeIs({ facts }: GatedContract, mask: string, mode: bigint): Found {
  const bits = (names: string): bigint => constantsOf(names, facts.architecture);
  return { operand: 4, offset: MODE, width: 4, mask: bits(mask), equals: bits('S_IFSOCK') | mode };
}

function idIs(offset: number, id: number): Found {
  return { operand: 4, offset, width: 4, mask: ALL, equals: BigInt(id) };
}
