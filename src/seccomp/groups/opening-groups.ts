import { OPEN_FILES_GROUP } from './file-groups.ts';

/** `@daemon`: leaving the session of whoever started the process. It opens the process group of a session. */
export const DAEMON_GROUP: readonly string[] = ['setpgid', 'setsid'];

/** Messages with a name in memory. On a connection the kernel ignores or refuses it; through a socket of datagrams they go anywhere. */
export const NAMING_MESSAGES: readonly string[] = ['sendmsg', 'sendmmsg'];

/** Options of a socket of datagrams by which answers come from the address that was asked, and are cut up on their way or not. */
export const DATAGRAM_OPTIONS: readonly string[] = [
  'setsockopt(level == IPPROTO_IP, optname in {IP_PKTINFO, IP_MTU_DISCOVER})',
  'setsockopt(level == IPPROTO_IPV6, optname in {IPV6_RECVPKTINFO, IPV6_MTU_DISCOVER})',
];

/**
 * `@datagram`: receiving datagrams with the addresses of their senders, and answers to them. It opens the handed socket, because
 * an answer names whom it is for in memory that no filter sees.
 */
export const DATAGRAM_GROUP: readonly string[] = [
  'getsockname',
  'getsockopt',
  'recvfrom',
  'recvmmsg',
  'recvmsg',
  'sendmmsg(flags & MSG_FASTOPEN == 0)',
  'sendmsg(flags & MSG_FASTOPEN == 0)',
  'sendto(flags & MSG_FASTOPEN == 0)',
  ...DATAGRAM_OPTIONS,
];

/**
 * `@ftp-data`: TCP connections for data, which the client makes to a port of the session (PASV, EPSV). It opens the handed
 * socket. A service that dials the client (PORT, EPRT) needs `connect` as well.
 */
export const FTP_DATA_GROUP: readonly string[] = [
  'accept',
  'accept4',
  'bind',
  'listen',
  'setsockopt(level == SOL_SOCKET, optname == SO_REUSEADDR)',
  'socket(family in {AF_INET, AF_INET6}, type & 0xf == SOCK_STREAM, protocol in {0, IPPROTO_TCP})',
];

/**
 * `@terminal`: making a terminal of one's own and giving it to a process (openpty, login_tty, the jobs of a shell). It opens the
 * terminal and the process group of a session. Input is never put into a terminal (TIOCSTI), and no key gets a new meaning.
 */
export const TERMINAL_GROUP: readonly string[] = [
  'ioctl(cmd in {TCGETS, TCSETS, TCSETSW, TCSETSF, TCGETA, TCSETA, TCSETAW, TCSETAF, TCSBRK, TCSBRKP, TCXONC, TCFLSH})',
  'ioctl(cmd in {TIOCGPTN, TIOCGPTLCK, TIOCSPTLCK, TIOCGPTPEER, TIOCPKT, TIOCGPKT, TIOCSCTTY, TIOCNOTTY, TIOCGDEV})',
  'ioctl(cmd in {TIOCGPGRP, TIOCSPGRP, TIOCGSID, TIOCGWINSZ, TIOCSWINSZ, TIOCOUTQ, FIONREAD})',
  ...OPEN_FILES_GROUP,
  'setpgid',
  'setsid',
];
