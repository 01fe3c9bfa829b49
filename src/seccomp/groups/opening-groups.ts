import { OPEN_FILES_GROUP } from './file-groups.ts';

/** `@daemon`: leaving the session of whoever started the process. It opens the process group of a session. */
export const DAEMON_GROUP: readonly string[] = ['setpgid', 'setsid'];

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
