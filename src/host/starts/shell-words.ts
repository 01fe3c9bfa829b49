/** Words that change nothing about whether the next command is reached and works. */
export const PREPARING: ReadonlySet<string> = new Set([
  ...[':', 'cd', 'export', 'readonly', 'set', 'shopt', 'trap', 'ulimit', 'umask', 'unset'],
]);

/** Commands that a shell has inside: those of POSIX, and those that bash, ksh and zsh have beside. */
export const BUILT_INS: ReadonlySet<string> = new Set([
  ...PREPARING,
  ...['.', '[', '[[', 'alias', 'autoload', 'bg', 'bind', 'break', 'builtin', 'caller', 'chdir', 'command'],
  ...[
    'compgen',
    'complete',
    'compopt',
    'continue',
    'declare',
    'dirs',
    'disable',
    'disown',
    'echo',
    'emulate',
  ],
  ...['enable', 'eval', 'exec', 'exit', 'false', 'fc', 'fg', 'float', 'functions', 'getopts', 'hash', 'help'],
  ...['history', 'integer', 'jobs', 'kill', 'let', 'local', 'logout', 'mapfile', 'nameref', 'popd', 'print'],
  ...[
    'printf',
    'pushd',
    'pwd',
    'read',
    'readarray',
    'return',
    'setopt',
    'shift',
    'source',
    'suspend',
    'test',
  ],
  ...['times', 'true', 'type', 'typeset', 'unalias', 'unfunction', 'unsetopt', 'wait', 'whence', 'zmodload'],
]);

/** Reserved words behind which a command begins. */
export const OPENERS: ReadonlySet<string> = new Set([
  ...['!', '{', 'if', 'then', 'else', 'elif', 'while', 'until', 'do', 'time', 'coproc'],
]);

/** Reserved words behind which none begins before the next `;`. */
export const CLOSERS: ReadonlySet<string> = new Set(['}', 'fi', 'done']);
