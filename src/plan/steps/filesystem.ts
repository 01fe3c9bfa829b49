import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { equal, NOT_NEGATIVE, text, value } from '../builder.ts';
import type { CapabilityNeed } from '../need.ts';

export const ROOT_NEED: CapabilityNeed = {
  capability: 'CAP_SYS_CHROOT',
  to: 'to change the root',
  does: 'enters the `root` of a policy',
  when: ({ root }) => root !== undefined,
  without: 'refused',
  instead: 'write policies without `root`',
};

export function enterRoot(builder: PlanBuilder, root: string, policy: Policy): void {
  const source = policy.spans.get('root');
  builder.call('chroot', [text(root)], { why: 'the service sees this tree only', source });
  builder.call('chdir', [text('/')], { why: 'no directory outside the root is held', source });
}

export function enterDirectory(builder: PlanBuilder, policy: Policy): void {
  const source = policy.spans.get('directory');
  builder.call('chdir', [text(policy.directory)], { why: 'the working directory', source });
}

export function setUmask(builder: PlanBuilder, policy: Policy): void {
  const readable = `0${policy.umask.toString(8)}`;
  builder.call('umask', [value(policy.umask, readable)], {
    why: 'files of the service',
    source: policy.spans.get('umask'),
    expect: NOT_NEGATIVE,
  });
  builder.call('umask', [value(policy.umask, readable)], {
    why: 'read back',
    source: policy.spans.get('umask'),
    expect: equal(policy.umask),
  });
}

/** Looks for the program as the service's user before the service starts: this host has not been checked before. */
export function findProgram(
  builder: PlanBuilder,
  policy: Policy,
  interpreters: readonly string[] = [],
): void {
  const find = (path: string, why: string): void =>
    builder.call('faccessat', ['AT_FDCWD', text(path), value(1, 'X_OK')], {
      why,
      source: policy.spans.get('run'),
      roles: ['inner'],
    });
  find(policy.run[0], 'the program has to be installed here, and the user of the service may execute it');
  for (const interpreter of interpreters)
    find(interpreter, 'so have the interpreter of a script and the loader of a program');
}
