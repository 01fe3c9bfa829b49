import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Action,
  actionText,
  actionValue,
  compileFilter,
  conditionText,
  decodeAction,
  disassemble,
  encodeProgram,
  parseAction,
} from '../../../src/seccomp/index.ts';
import { returnValue } from '../support/oracle.ts';
import { filterOf } from '../support/policy.ts';
import { action } from '../support/random-filter.ts';

test('actions survive their value and their text', () => {
  fc.assert(
    fc.property(action, (subject: Action) => {
      expect(actionValue(subject)).toBe(returnValue(subject));
      expect(decodeAction(actionValue(subject))).toEqual(subject);
      expect(parseAction(actionText(subject))).toEqual({ ok: true, value: subject });
    }),
  );
  expect(decodeAction(0x12340000)).toEqual({ kind: 'kill_process' });
});

test.each([
  ['write(fd == 1)', 'fd == 1'],
  ['write((fd == 1 || fd == 2), count < 0x1000)', 'fd in {1, 2} && count < 0x1000'],
  ['write(fd == 1 || count == 2 && fd == 3)', 'fd == 1 || count == 2 && fd == 3'],
  ['write(!(fd == 1 || fd == 2))', 'fd not in {1, 2}'],
  ['write(fd in {1, 4..9} || count == 1)', 'fd in {1, 4..9} || count == 1'],
  ['write(fd & 3 not in {1..2})', 'fd & 3 not in {1..2}'],
  ['openat(flags & O_ACCMODE == O_RDONLY)', 'flags & O_ACCMODE == O_RDONLY'],
  ['chmod(mode == 0644)', 'mode == 420'],
  ['sendto(addr != NULL)', 'addr != NULL'],
  ['syscall_600(arg3 >= 7)', 'arg3 >= 7'],
  ['write(fd:64 in {1, 2})', 'fd:64 in {1, 2}'],
  ['write(count:32 != 1)', 'count:32 != 1'],
  ['chmod(mode:32 < 010000)', 'mode:32 < 0x1000'],
  ['write(arg5:32 == 1)', 'arg5:32 == 1'],
  ['prctl(option == 15)', 'option == PR_SET_NAME'],
  ['prctl(option == 1)', 'option == PR_SET_PDEATHSIG'],
  ['ioctl(cmd in {0, 0x5401, 0x5420})', 'cmd in {0, TCGETS, TIOCPKT}'],
  ['ioctl(cmd & 0x6400 != 0)', 'cmd & 0x6400 != 0'],
  ['write', 'always'],
])('%s reads %s, which means the same', (rule, text) => {
  const [resolved] = filterOf([rule]).rules;
  if (resolved === undefined) throw new Error('the rule is gone');
  expect(conditionText(resolved.condition, resolved.call, 'x86_64')).toBe(text);
  if (text !== 'always')
    expect(filterOf([`${resolved.call}(${text})`]).rules[0]?.condition).toEqual(resolved.condition);
});

test('a program reads like what it does', () => {
  const program = compileFilter(filterOf(['write(fd == 1)', 'read']));
  expect(disassemble(program).join('\n')).toMatchSnapshot();
});

test('a program is encoded as struct sock_filter', () => {
  const program = {
    architecture: 'x86_64',
    instructions: [{ code: 0x15, jt: 1, jf: 2, k: 0xc000003e }],
  } as const;
  expect([...encodeProgram(program)]).toEqual([0x15, 0, 1, 2, 0x3e, 0, 0, 0xc0]);
});
