import type { Block } from './roff.ts';

function entry(text: string, ...paragraphs: readonly string[]): Block {
  return { kind: 'entry', term: { style: 'literal', text }, paragraphs };
}

/** The filter language in short. docs/filter-language.md is its reference, which the package brings along. */
export const FILTER_BLOCKS: readonly Block[] = [
  {
    kind: 'paragraph',
    text: 'A rule names a system call or a group, and may have a condition on the arguments and an action. A call that no rule names, or whose conditions are all false, gets `seccomp.default`. When several rules match, the most restrictive action counts.',
  },
  entry('read', 'The call, with any arguments.'),
  entry(
    'write(fd in {1, 2})',
    'The call, when the condition holds. Arguments have the names of the kernel or are `arg0` to `arg5`. Tests are `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` and `not in`; they are bound by `&&`, `||`, `!` and a comma, which is an and.',
  ),
  entry(
    'openat(flags & O_ACCMODE == O_RDONLY)',
    'A mask binds tighter than the test behind it. Constants have the names of the headers of the kernel.',
  ),
  entry(
    '"@start"',
    'A group, in quotes because YAML reserves the @. Groups of Portcullis open nothing that holds sessions apart: `@service`, the default, which has `@start`, `@stdio`, `@read-files`, `@socket`, `@identity`, `@self`, `@time`, `@signal-self` and `@lookups`; and `@events`, `@open-files`, `@write-files`, `@accept`, `@fork`, `@threads`, `@change-user`. These open something, and `check` says what: `@locks`, `@datagram`, `@daemon`, `@ftp-data`, `@terminal`, `@jit`. Those of systemd.exec(5) are known as well.',
  ),
  entry(
    'socket(family == AF_UNIX) -> errno(EACCES)',
    'With an action: `allow` (which a rule without one has), `errno(NAME)`, `log`, `trap`, `trace`, `user_notif`, `kill_thread` or `kill_process`.',
  ),
  {
    kind: 'paragraph',
    text: 'A rule cannot test the memory behind a pointer, which can change after the test. portcullis-check(1) warns of each rule that opens a way out of a session, and names that way.',
  },
];
