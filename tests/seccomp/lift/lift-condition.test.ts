import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conditionText } from '../../../src/seccomp/index.ts';
import { liftCondition } from '../../../src/seccomp/lift/lift-condition.ts';
import { TooComplexToSayError } from '../../../src/seccomp/lift/too-complex.ts';
import { Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { conditionDiagram } from '../../../src/seccomp/prove/rules-diagram.ts';
import { filterOf } from '../support/policy.ts';
import { condition } from '../support/random-filter.ts';

function conditionOf(call: string, text: string): ReturnType<typeof liftCondition> {
  const [rule] = filterOf([`${call}(${text})`]).rules;
  if (rule === undefined) throw new Error('the rule is gone');
  return rule.condition;
}

/** The condition as it comes back from its diagram. */
function lifted(call: string, text: string): string {
  const diagrams = new Diagrams();
  const test = conditionDiagram(diagrams, conditionOf(call, text));
  return conditionText(liftCondition(diagrams, test), call, 'x86_64');
}

test.each([
  ['write', 'fd == 1', 'fd == 1'],
  ['write', 'fd in {1, 2}', 'fd in {1, 2}'],
  ['write', 'fd != 3', 'fd != 3'],
  ['write', 'fd not in {3, 9}', 'fd not in {3, 9}'],
  ['write', 'fd in {3..9}', 'fd in {3..9}'],
  ['write', 'fd in {1, 2, 3}', 'fd in {1..3}'],
  ['write', 'fd in {1, 2} && count < 4096', 'fd in {1, 2} && count < 0x1000'],
  ['write', 'fd == 1 || count == 2', 'fd == 1 || count == 2'],
  ['write', 'fd == 1 && count == 2 || fd == 3', 'fd == 1 && count == 2 || fd == 3'],
  ['write', 'fd:64 == 1', 'fd:64 == 1'],
  ['write', 'count:32 == 1', 'count:32 == 1'],
  ['openat', 'flags & O_ACCMODE == O_RDONLY', 'flags & O_ACCMODE == O_RDONLY'],
  ['openat', 'flags & O_ACCMODE != O_RDONLY', 'flags & O_ACCMODE != O_RDONLY'],
  ['openat', 'flags & (O_CREAT|O_TRUNC) == 0', 'flags & (O_CREAT|O_TRUNC) == 0'],
  [
    'mmap',
    'prot & PROT_WRITE == 0 || prot & PROT_EXEC == 0',
    'prot & (PROT_WRITE|PROT_EXEC) != (PROT_WRITE|PROT_EXEC)',
  ],
  ['sendto', 'flags & MSG_FASTOPEN == 0 && addr == NULL', 'flags & MSG_FASTOPEN == 0 && addr == NULL'],
  ['chmod', 'mode & ~0777 == 0', 'mode & 0xfe00 == 0'],
  ['fcntl', 'cmd in {F_GETFD, F_SETFL}', 'cmd in {F_GETFD, F_SETFL}'],
  ['socket', 'family == AF_UNIX', 'family == AF_UNIX'],
  ['kill', 'sig == 15', 'sig == SIGTERM'],
  ['ioctl', 'cmd in {0x5401, 0x541b}', 'cmd in {TCGETS, FIONREAD}'],
  // Bits that several sets share are not divided among them.
  [
    'dup2',
    'oldfd & 0xffff in {11, 111} || oldfd & 0xff00 == 0x300 || oldfd & 0xff == 1',
    'oldfd & 0xffff in {11, 111} || oldfd & 0xff00 == 768 || oldfd & 255 == 1',
  ],
  // What is enough by itself is said once.
  [
    'dup3',
    'oldfd == 0 && (newfd == 1 && flags == 2 || newfd == 11) || newfd == 1 && flags == 2',
    'oldfd == 0 && newfd == 11 || newfd == 1 && flags == 2',
  ],
  [
    'mprotect',
    '(start < 9 || start > 99) && (len < 7 && prot == 3 || prot < 2) || prot < 2',
    '(start <= 8 || start >= 100) && len <= 6 && prot == (PROT_READ|PROT_WRITE) || prot <= PROT_READ',
  ],
  // What is long to say, and short to deny.
  [
    'dup3',
    '!(oldfd & 15 == 4 || oldfd == 9 && newfd >= 10 || flags == 3)',
    '!(oldfd & 15 == 4 || oldfd == 9 && newfd >= 10 || flags == 3)',
  ],
])('%s(%s) comes back as %s', (call, written, read) => {
  expect(lifted(call, written)).toBe(read);
});

test('what comes back from a diagram means the same, and reads as a rule that means the same', () => {
  let said = 0;
  fc.assert(
    fc.property(condition, (subject) => {
      const diagrams = new Diagrams();
      const diagram = conditionDiagram(diagrams, subject);
      try {
        const back = liftCondition(diagrams, diagram);
        expect(conditionDiagram(diagrams, back)).toBe(diagram);
        const text = conditionText(back, 'syscall_600', 'x86_64');
        if (text !== 'always' && text !== 'never' && text.length < 4000)
          expect(conditionDiagram(diagrams, conditionOf('syscall_600', text))).toBe(diagram);
        said += 1;
      } catch (error) {
        if (!(error instanceof TooComplexToSayError)) throw error;
      }
    }),
    { numRuns: 1000, seed: 4 },
  );
  expect(said).toBeGreaterThan(800);
});
