/** A command in front of the launch: a host whose kernel has no Landlock, as far as anybody who asks it can tell. */
export const NO_LANDLOCK: readonly string[] = [
  ...['strace', '-D', '-qq', '-o', '/dev/null', '-e', 'trace=landlock_create_ruleset'],
  ...['-e', 'inject=landlock_create_ruleset:error=EOPNOTSUPP'],
];
