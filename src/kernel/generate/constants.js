// Asks the C compilers of both architectures for the values of the kernel's named constants.
//
// The UAPI headers come first; what they do not have (AF_*, SOCK_*, MSG_*, SOL_*, SHUT_*, O_ASYNC) comes from the C library.
// The order matters: in glibc O_LARGEFILE is 0 on x86-64, while the kernel's value, which system calls carry, is
// 0100000.
import { execFileSync, spawnSync } from 'node:child_process';

const COMPILERS = { x86_64: 'x86_64-linux-gnu-gcc', aarch64: 'aarch64-linux-gnu-gcc' };

const KERNEL_HEADERS = [
  'asm/unistd.h',
  'asm/errno.h',
  'asm/fcntl.h',
  'asm/ioctls.h',
  'asm/mman.h',
  'asm/resource.h',
  'asm/signal.h',
  'asm/socket.h',
  'asm/sockios.h',
  'asm/termbits.h',
  'asm/termios.h',
  'linux/capability.h',
  'linux/close_range.h',
  'linux/eventfd.h',
  'linux/eventpoll.h',
  'linux/falloc.h',
  'linux/fcntl.h',
  'linux/fs.h',
  'linux/futex.h',
  'linux/fadvise.h',
  'linux/if_packet.h',
  'linux/in.h',
  'linux/in6.h',
  'linux/inotify.h',
  'linux/io_uring.h',
  'linux/ioprio.h',
  'linux/kcmp.h',
  'linux/kd.h',
  'linux/keyctl.h',
  'linux/landlock.h',
  'linux/membarrier.h',
  'linux/memfd.h',
  'linux/mman.h',
  'linux/mount.h',
  'linux/netlink.h',
  'linux/personality.h',
  'linux/prctl.h',
  'linux/ptrace.h',
  'linux/random.h',
  'linux/resource.h',
  'linux/rseq.h',
  'linux/sched.h',
  'linux/seccomp.h',
  'linux/securebits.h',
  'linux/signalfd.h',
  'linux/sockios.h',
  'linux/stat.h',
  'linux/tcp.h',
  'linux/time.h',
  'linux/timerfd.h',
  'linux/tty.h',
  'linux/udp.h',
  'linux/un.h',
  'linux/userfaultfd.h',
  'linux/vt.h',
  'linux/wait.h',
];

/** Headers that exist on one architecture only. */
const EXTRA_HEADERS = { x86_64: ['asm/prctl.h'], aarch64: [] };

const KERNEL_NAMES =
  /^(O|PROT|MAP|MREMAP|SO|SCM|IPPROTO|TCP|UDP|IP|IPV6|CLONE|F|FD|FIO[A-Z]+|FS_IOC_[GS]ETFLAGS|SIOC[A-Z0-9]+|T[CI][A-Z0-9]+|PR|SIG[A-Z0-9]*|SA|SS|RLIMIT|RUSAGE|PRIO|IOPRIO|S|AT|SEEK|LOCK|FUTEX|MADV|MCL|MLOCK|MS|MFD|P|EPOLL|EPOLL[A-Z]+|EFD|TFD|IN|CLOCK|TIMER|ITIMER|ARCH|GRND|RENAME|SCHED|W[A-Z]+|KEYCTL|KEY|FALLOC_FL|POSIX_FADV|CLOSE_RANGE|SYNC_FILE_RANGE|STATX|RWF|MEMBARRIER|PTRACE|SECCOMP|SECBIT|LANDLOCK_ACCESS|LANDLOCK_SCOPE|LANDLOCK_CREATE_RULESET_VERSION|RESOLVE|SFD|NETLINK|UFFD|XATTR|MOUNT_ATTR|MOVE_MOUNT|FSOPEN|OPEN_TREE|KCMP|KD[A-Z0-9]+|GIO|PIO|VT|RSEQ_FLAG|RLIM|FASYNC|CSIGNAL|__O_TMPFILE|__WALL|_LINUX_CAPABILITY_VERSION_3|E[A-Z0-9]+)(_[A-Z0-9_]+)?$/;

/** Enumerators, which no preprocessor shows. */
const KERNEL_ENUMERATORS = [
  'LANDLOCK_RULE_PATH_BENEATH',
  'IOPRIO_WHO_PROCESS',
  'IOPRIO_WHO_PGRP',
  'IOPRIO_WHO_USER',
  'UNAME26',
  'ADDR_NO_RANDOMIZE',
  'FDPIC_FUNCPTRS',
  'MMAP_PAGE_ZERO',
  'ADDR_COMPAT_LAYOUT',
  'READ_IMPLIES_EXEC',
  'ADDR_LIMIT_32BIT',
  'SHORT_INODE',
  'WHOLE_SECONDS',
  'STICKY_TIMEOUTS',
  'ADDR_LIMIT_3GB',
  'PER_LINUX',
  'PER_LINUX32',
  'PER_SVR4',
  'PER_BSD',
  'PER_MASK',
];

/** The names of io_uring that the code needs. All others would only be more names for rules. */
const IO_URING_NAMES = [
  'IORING_ENTER_GETEVENTS',
  'IORING_OFF_SQES',
  'IORING_OFF_SQ_RING',
  'IORING_OP_EPOLL_CTL',
  'IORING_REGISTER_ENABLE_RINGS',
  'IORING_REGISTER_RESTRICTIONS',
  'IORING_RESTRICTION_SQE_OP',
  'IORING_SETUP_CQSIZE',
  'IORING_SETUP_NO_MMAP',
  'IORING_SETUP_NO_SQARRAY',
  'IORING_SETUP_R_DISABLED',
];

/** Constants that are younger than the headers of many hosts, and the same on both architectures; headers that have them come first. */
const YOUNGER = {
  // Linux 6.2, include/uapi/linux/landlock.h.
  LANDLOCK_ACCESS_FS_TRUNCATE: 1n << 14n,
  // Linux 6.7, include/uapi/linux/landlock.h.
  LANDLOCK_ACCESS_NET_BIND_TCP: 1n << 0n,
  LANDLOCK_ACCESS_NET_CONNECT_TCP: 1n << 1n,
  // Linux 6.10, include/uapi/linux/landlock.h.
  LANDLOCK_ACCESS_FS_IOCTL_DEV: 1n << 15n,
  // Linux 6.12, include/uapi/linux/landlock.h.
  LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET: 1n << 0n,
  LANDLOCK_SCOPE_SIGNAL: 1n << 1n,
  // Linux 6.5, include/uapi/linux/io_uring.h.
  IORING_SETUP_NO_MMAP: 1n << 14n,
  // Linux 6.6, include/uapi/linux/io_uring.h.
  IORING_SETUP_NO_SQARRAY: 1n << 16n,
  // Linux 6.16, include/uapi/asm-generic/socket.h.
  SO_PASSRIGHTS: 83n,
};

const LIBRARY_HEADERS = ['fcntl.h', 'netinet/in.h', 'netinet/tcp.h', 'sys/socket.h'];
const LIBRARY_NAMES = /^(O_ASYNC|(AF|PF|SOCK|SOL|MSG|SHUT)_[A-Z0-9_]+)$/;

/** The names of packets that a filter of a socket reads. All others would only be more names for rules. */
const PACKET_HEADERS = ['linux/filter.h', 'linux/if_ether.h'];
const PACKET_NAMES = /^(ETH_P_(IP|IPV6)|SKF_(AD_OFF|AD_PROTOCOL|NET_OFF))$/;

/** The names of a question about connections, in the same way. */
const QUESTION_HEADERS = ['linux/netlink.h', 'linux/sock_diag.h'];
const QUESTION_NAMES = /^(NLMSG_DONE|NLM_F_(REQUEST|DUMP)|SOCK_DIAG_BY_FAMILY)$/;

/** @param {string} compiler @param {string} source @param {readonly string[]} flags */
function compile(compiler, source, flags) {
  return spawnSync(compiler, [...flags, '-x', 'c', '-w', '-', '-o', '-'], {
    input: source,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
}

/**
 * The integer constants that a compiler finds in some headers.
 *
 * @param {string} compiler @param {readonly string[]} headers @param {RegExp} wanted @param {readonly string[]} enumerators
 * @returns {Map<string, bigint>}
 */
function measure(compiler, headers, wanted, enumerators) {
  const include = headers
    .map((header) => `#if __has_include(<${header}>)\n#include <${header}>\n#endif`)
    .join('\n');
  const macros = execFileSync(compiler, ['-E', '-dM', '-x', 'c', '-'], {
    input: include,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const names = [...macros.matchAll(/^#define ([A-Z_][A-Z0-9_]*) \S/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => wanted.test(name));
  let candidates = [...new Set([...names, ...enumerators])].sort();
  for (;;) {
    // The trick of the kernel's asm-offsets: the assembly text carries each value as an immediate operand.
    const lines = candidates.map(
      (name) =>
        `asm volatile("\\n->${name} %0 %1" : : "i"((unsigned long long)(${name})), "i"((${name}) < 0));`,
    );
    const source = `${include}\nvoid measure(void) {\n#line 1 "candidates"\n${lines.join('\n')}\n}\n`;
    const { status, stdout, stderr } = compile(compiler, source, ['-S', '-O1', '-fmax-errors=0']);
    if (status === 0) return parse(stdout);
    const refused = new Set(
      [...stderr.matchAll(/^candidates:(\d+):\d+: error/gm)].map((match) => Number(match[1]) - 1),
    );
    if (refused.size === 0) throw new Error(`${compiler}: ${stderr.slice(0, 2000)}`);
    candidates = candidates.filter((_, index) => !refused.has(index));
  }
}

/** @param {string} assembly @returns {Map<string, bigint>} */
function parse(assembly) {
  const values = new Map();
  for (const [, name, text, negative] of assembly.matchAll(/->(\w+) [$#]?(-?\d+) [$#]?(\d)$/gm)) {
    const word = BigInt.asUintN(64, BigInt(text ?? ''));
    values.set(name, negative === '1' ? BigInt.asIntN(64, word) : word);
  }
  return values;
}

/** @param {'x86_64' | 'aarch64'} architecture */
function constantsOf(architecture) {
  const compiler = COMPILERS[architecture];
  const kernel = measure(compiler, [...KERNEL_HEADERS, ...EXTRA_HEADERS[architecture]], KERNEL_NAMES, [
    ...KERNEL_ENUMERATORS,
    ...IO_URING_NAMES,
  ]);
  const library = measure(compiler, LIBRARY_HEADERS, LIBRARY_NAMES, []);
  const packets = measure(compiler, PACKET_HEADERS, PACKET_NAMES, []);
  const questions = measure(compiler, QUESTION_HEADERS, QUESTION_NAMES, []);
  return new Map([...Object.entries(YOUNGER), ...library, ...packets, ...questions, ...kernel]);
}

/** @param {string} name */
function isErrno(name) {
  // ECHO and its kin are flags of terminals.
  return /^E[A-Z0-9]+$/.test(name) && !/^(EPOLL|ECHO)/.test(name);
}

/** @param {bigint | undefined} value */
function literal(value) {
  return value === undefined ? undefined : `${value}n`;
}

/** The texts of generated/constants.ts and generated/errno.ts. */
export function renderConstants() {
  const x86 = constantsOf('x86_64');
  const arm = constantsOf('aarch64');
  const names = [...new Set([...x86.keys(), ...arm.keys()])].sort();
  const constants = names
    .filter((name) => !isErrno(name))
    .map((name) => {
      const [first, second] = [literal(x86.get(name)), literal(arm.get(name))];
      if (first === second) return `  ${name}: ${first},`;
      const fields = [first && `x86_64: ${first}`, second && `aarch64: ${second}`].filter(
        (field) => field !== undefined,
      );
      return `  ${name}: { ${fields.join(', ')} },`;
    });
  const errnos = names.filter(isErrno).map((name) => {
    if (x86.get(name) !== arm.get(name)) throw new Error(`${name} differs between the architectures`);
    return `  ${name}: ${x86.get(name)},`;
  });
  const header =
    '// Generated by src/kernel/generate/main.js. Source: the Linux UAPI headers; AF_*, SOCK_*, SOL_*, MSG_*, SHUT_*: glibc.';
  return {
    constants: [
      header,
      "import type { ConstantValue } from '../constants.ts';",
      '',
      'export const CONSTANTS: Readonly<Record<string, ConstantValue>> = {',
      ...constants,
      '};',
      '',
    ].join('\n'),
    errno: [header, 'export const ERRNOS: Readonly<Record<string, number>> = {', ...errnos, '};', ''].join(
      '\n',
    ),
  };
}
