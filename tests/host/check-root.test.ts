import { expect, test } from 'vitest';
import { checkRoot } from '../../src/host/check-root.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

const HEAD = 'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/bin/x]\n';

/** The messages about a service with these keys, whose program imports these functions. */
function found(keys: string, imports: readonly string[] = []): readonly string[] {
  const { policy } = parsePolicy(`${HEAD}${keys}`, 'x.yaml');
  if (policy === undefined) throw new Error('the policy cannot be read');
  const messages: string[] = [];
  const program = { path: '/bin/x', imports: new Set(imports), target: 'x86_64' } as const;
  checkRoot(program, policy, (code, path, message, _, more) => {
    messages.push(`${more?.severity} ${path} ${code} ${message}`);
  });
  return messages;
}

const ROOT = 'user: root\nreason: a test\n';
const OPENING = 'root is an ordinary user without capabilities, and this one has no';

test('what root misses comes from the imports of its program', () => {
  expect(found(ROOT, ['chown', 'fchownat', 'initgroups', 'syslog', 'read'])).toEqual([
    `note user root-misses ${OPENING} CAP_DAC_OVERRIDE (files whose modes leave root out), CAP_CHOWN (chown, fchownat), CAP_SETGID (initgroups): /bin/x or the rules use them`,
  ]);
});

test('and from the rules and groups of its policy', () => {
  const rules = 'seccomp: { rules: ["@start", "@change-user", mount] }\n';
  const [message = ''] = found(`${ROOT}capabilities: [setuid, setgid, dac_override]\n${rules}`);
  expect(message).toBe(
    `note user root-misses ${OPENING} CAP_SYS_ADMIN (mount), CAP_SYS_CHROOT (chroot): /bin/x or the rules use them`,
  );
});

test('a rule that answers an error is no use of a capability', () => {
  const rules = 'seccomp: { rules: ["@start", "chown -> errno(EPERM)"] }\n';
  expect(found(`${ROOT}capabilities: [dac_override]\n${rules}`)).toEqual([]);
});

test('nothing is said of what it has, or of another user', () => {
  expect(found(`${ROOT}capabilities: [chown, dac_override]\n`, ['chown'])).toEqual([]);
  expect(found('user: nobody\n', ['chown'])).toEqual([]);
});
