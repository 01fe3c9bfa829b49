import { equal, NOT_NEGATIVE, text } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { isUnattended } from '../../launch-mode.ts';
import { ROOT_NEED } from '../../steps/filesystem.ts';
import { type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';

/** Root, directory and umask of the service. */
export const fileEffects: EffectsOf = (contract) => {
  const { policy } = contract;
  const staying = { phase: 'confine', roles: processesOf(contract.shape).staying } as const;
  return [
    ...(policy.root === undefined ? [] : rooted(policy.root)),
    { ...staying, call: 'chdir', operands: [text(policy.directory)], deed: 'directory' },
    {
      ...staying,
      call: 'umask',
      operands: [policy.umask],
      expect: NOT_NEGATIVE,
      deed: 'umask',
    },
    // It answers what the first has set.
    {
      ...staying,
      call: 'umask',
      operands: [policy.umask],
      expect: equal(policy.umask),
      deed: 'umask read',
      after: ['umask'],
    },
    ...found(contract),
  ];
};

function rooted(root: string): readonly CallEffect[] {
  return [
    {
      call: 'chroot',
      phase: 'prepare',
      roles: ['outer'],
      operands: [text(root)],
      deed: 'root',
      needs: ROOT_NEED,
    },
    {
      call: 'chdir',
      phase: 'prepare',
      roles: ['outer'],
      operands: [text('/')],
      deed: 'inside the root',
      after: ['root'],
      order: 'chdir-after-chroot',
    },
  ];
}

/** A gate without a launcher looks for the program as the user of the service. The call changes nothing. */
function found({ shape, policy, interpreters }: Contract): readonly CallEffect[] {
  if (!isUnattended(shape)) return [];
  const paths = [policy.run[0], ...interpreters];
  return paths.map((path) => ({
    call: 'faccessat',
    phase: 'confine',
    roles: ['inner'],
    operands: ['AT_FDCWD', text(path), 1],
    deed: 'program is there',
    of: path,
    after: ['user'],
  }));
}
