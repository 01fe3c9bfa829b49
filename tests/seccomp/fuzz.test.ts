import { hasErrors } from '../../src/policy/diagnostic.ts';
import { compileFilter, FilterTooLargeError, parseAction, parseRule } from '../../src/seccomp/index.ts';
import type { Result } from '../../src/seccomp/language/problem.ts';
import { parseFilter } from '../../src/seccomp/library/parse-filter.ts';
import { demand, demandDiagnostics, demandMessage } from '../support/fuzz/demands.ts';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { TextMutator } from '../support/fuzz/mutate-text.ts';
import { oneOf } from '../support/fuzz/random.ts';

const RULES = [
  'read',
  '@start',
  'write(fd == 1)',
  'write(fd in {1, 2, 5..9}) -> errno(EPERM)',
  'openat(flags & O_ACCMODE == O_RDONLY, dfd == AT_FDCWD)',
  'openat(flags & (O_CREAT|O_TRUNC) == 0 || !(mode & ~0777 != 0))',
  'lseek(offset:64 >= 0x100000000, whence not in {SEEK_SET, 2}) -> trap(5)',
  'sendto(addr == NULL) -> log',
  'syscall_600(arg3 <= 7 && arg5:32 != -1) -> trace(65535)',
  'socket(family == AF_UNIX, type & 0xf < 3) -> user_notif',
  'kill -> kill_thread',
  '@stdio -> kill_process',
  'chmod(mode > 010) -> allow',
];

const WORDS = [
  ...[
    '(',
    ')',
    '{',
    '}',
    ',',
    '->',
    '&&',
    '||',
    '&',
    '|',
    '!',
    '~',
    '-',
    '..',
    '==',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
  ],
  ...[
    ':64',
    ':32',
    ':16',
    'in',
    'not in',
    'errno(',
    'trap',
    'NULL',
    'EPERM',
    'ENOSYS',
    '@own',
    '@',
    'arg0',
    '=',
    '"',
    "'",
  ],
  ...[
    'O_CREAT',
    'execve',
    'clone3',
    'mmap',
    'prot',
    'PROT_EXEC',
    'PR_SET_NAME',
    'syscall_1',
    '#',
    '%',
    '0b1',
    '0o17',
  ],
];

const rules = new TextMutator(RULES, WORDS);

/** A problem of a text lies in it, and says something. */
function demandResult(result: Result<unknown>, text: string): boolean {
  if (result.ok) return true;
  const { offset, length, message, help } = result.problem;
  demandMessage(message);
  if (help !== undefined) demandMessage(help);
  demand(length > 0 && offset >= 0 && offset <= text.length, `outside: ${offset}+${length}`);
  return false;
}

fuzz('rule', {
  input: (random) => rules.text(random),
  read: (text) => demandResult(parseRule(text), text),
});

const actions = new TextMutator(
  [
    'allow',
    'log',
    'kill_process',
    'kill_thread',
    'user_notif',
    'trap',
    'trap(7)',
    'trace(65535)',
    'errno(EPERM)',
    'errno(38)',
  ],
  ['(', ')', ',', 'errno', 'kill', 'EACCES', 'return', ' ', '-'],
);

fuzz('action', {
  input: (random) => actions.text(random),
  read: (text) => demandResult(parseAction(text), text),
});

const texts = new TextMutator(
  [RULES.join('\n'), '# text\n\n@start\n  read\nwrite -> log', ...RULES],
  [...WORDS, '\n', '\r\n', '\n#'],
);

fuzz('rules', {
  input: (random) => {
    const lines = Array.from({ length: 1 + random(3) }, () => rules.text(random));
    const text = random(10) === 0 ? texts.text(random) : lines.join('\n');
    return {
      rules: text,
      default: random(4) === 0 ? actions.text(random) : 'kill_process',
      ...(random(4) === 0 ? { kernel: oneOf(['6.1', '4.14', '5', '6.x', '999.999'], random) } : {}),
      ...(random(4) === 0 ? { groups: { '@own': lines, [rules.text(random)]: ['@own'] } } : {}),
    };
  },
  read: (source) => {
    const architecture = source.rules.length % 2 === 0 ? 'x86_64' : 'aarch64';
    const { filter, diagnostics } = parseFilter(source, { architecture });
    demand((filter === undefined) === hasErrors(diagnostics), 'neither a filter nor an error, or both');
    demandDiagnostics(diagnostics, 'rules', source.rules);
    if (filter === undefined) return false;
    try {
      compileFilter(filter);
    } catch (error) {
      if (!(error instanceof FilterTooLargeError)) throw error;
    }
    return true;
  },
});
