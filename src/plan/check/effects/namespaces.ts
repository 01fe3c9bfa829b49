import { data, equal, fails, NOT_NEGATIVE, slot, text, value } from '../../builder.ts';
import type { GatedContract } from '../../contract.ts';
import { type Data, DECIMAL } from '../../data.ts';
import { allCapabilities, type HostFacts } from '../../facts.ts';
import type { CapabilityNeed } from '../../need.ts';
import { NAMESPACE_NEED, PROC_NEED } from '../../steps/namespaces.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';
import type { Credentials } from '../credentials.ts';
import { writtenDirectories } from '../written-directories.ts';
import { hostProcessEffects } from './host-processes.ts';

const NULL = value(0, 'NULL');
const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;
const SEPARATE = 'CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP';

/** Mounts, processes, IPC, names and cgroups of the service are its own; users and the network follow its policy. */
export const namespaceEffects: EffectsOf = (contract) => {
  const { shape, policy, facts, unprivileged, identity } = contract;
  if (shape === 'direct') return [];
  const ids =
    identity &&
    ([
      ['uid', identity.uid],
      ['gid', identity.gid],
    ] as const);
  return [
    ...(unprivileged && shape !== 'serve' ? [rootRefused] : []),
    ...(unprivileged ? userNamespace(ids ?? [], facts) : []),
    {
      ...PREPARED,
      call: 'unshare',
      operands: [policy.network === 'host' ? SEPARATE : `${SEPARATE}|CLONE_NEWNET`],
      deed: 'namespaces',
      needs: NAMESPACE_NEED,
      before: ['root'],
    },
    {
      ...makingPrivate('/', 'mounts are private', NAMESPACE_NEED),
      ...PREPARED,
      // In a chroot / may be no mount; what is mounted in it, by the plan or the service, would reach the host from there.
      tolerate:
        policy.capabilities.includes('CAP_SYS_ADMIN') ||
        writtenDirectories(contract).length > 0 ||
        policy.terminals
          ? []
          : ['EINVAL'],
      after: ['namespaces'],
      before: ['root'],
    },
    ...(policy.root === undefined ? processesShown(contract) : []),
  ];
};

function makingPrivate(
  path: string,
  deed: CallEffect['deed'],
  needs: CapabilityNeed,
): Pick<CallEffect, 'call' | 'operands' | 'deed' | 'needs'> {
  return {
    call: 'mount',
    operands: [NULL, text(path), NULL, 'MS_REC|MS_PRIVATE', NULL],
    deed,
    needs,
  };
}

const CONFINED = { phase: 'confine', roles: ['inner'] } as const;

function processesShown(contract: GatedContract): readonly CallEffect[] {
  const alone: CallEffect = { ...makingPrivate('/proc', 'processes are private', PROC_NEED), ...CONFINED };
  return [alone, ...(contract.policy.processes === 'own' ? [ownProcesses] : hostProcessEffects(contract))];
}

/** The first process of the new namespace mounts it: /proc shows the processes of its mounter's. */
const ownProcesses: CallEffect = {
  ...CONFINED,
  call: 'mount',
  operands: [
    text('proc'),
    text('/proc'),
    text('proc'),
    'MS_NOSUID|MS_NODEV|MS_NOEXEC',
    text('hidepid=invisible'),
  ],
  deed: 'processes are its own',
  needs: PROC_NEED,
  after: ['processes are private'],
};

const rootRefused: CallEffect = {
  ...PREPARED,
  call: 'setreuid',
  operands: [0, 0],
  expect: fails('EPERM'),
  deed: 'not root',
  before: ['user namespace'],
  kernel: (credentials) => credentials.setUids([0, 0, 0]),
};

function userNamespace(
  ids: readonly (readonly ['uid' | 'gid', number])[],
  facts: HostFacts,
): readonly CallEffect[] {
  return [
    ...ids.map(
      ([kind]): CallEffect => ({
        ...PREPARED,
        call: `get${kind}`,
        operands: [],
        expect: NOT_NEGATIVE,
        store: `caller.${kind}`,
        deed: 'caller is known',
        of: kind,
        before: ['user namespace'],
      }),
    ),
    {
      ...PREPARED,
      call: 'unshare',
      operands: ['CLONE_NEWUSER'],
      deed: 'user namespace',
      before: ['namespaces'],
      kernel: (credentials) => {
        credentials.enterUserNamespace(allCapabilities(facts));
        return undefined;
      },
    },
    {
      ...PREPARED,
      call: 'prctl',
      operands: ['PR_SET_DUMPABLE', 1, 0, 0, 0],
      deed: 'maps may be written',
      after: ['user namespace'],
      before: ['map is open'],
    },
    ...written('setgroups', deny, () => undefined),
    ...ids.flatMap(([kind, inside]) =>
      written(`${kind}_map`, mapTo(kind, inside), (credentials) => {
        credentials[`${kind}s`] = [inside, inside, inside];
        return undefined;
      }),
    ),
  ];
}

const deny: Data = { bytes: new TextEncoder().encode('deny\0'), patches: [] };

/** One line: the number inside, that of the caller, and a length of one. */
function mapTo(kind: 'uid' | 'gid', inside: number): Data {
  const head = `${inside} `;
  return {
    bytes: new TextEncoder().encode(`${head}${' '.repeat(DECIMAL)} 1`),
    patches: [{ offset: head.length, width: DECIMAL, source: { kind: 'slot', slot: `caller.${kind}` } }],
  };
}

function written(
  file: 'setgroups' | 'uid_map' | 'gid_map',
  content: Data,
  kernel: (credentials: Credentials) => undefined,
): readonly CallEffect[] {
  // The final zero of a text is not written.
  const length = content.patches.length > 0 ? content.bytes.length : content.bytes.length - 1;
  return [
    {
      ...PREPARED,
      call: 'openat',
      operands: ['AT_FDCWD', text(`/proc/self/${file}`), 'O_WRONLY|O_CLOEXEC', 0],
      expect: NOT_NEGATIVE,
      store: 'map',
      deed: 'map is open',
      of: file,
      after: ['user namespace'],
    },
    {
      ...PREPARED,
      call: 'write',
      operands: [slot('map'), data(content, ''), length],
      expect: equal(length),
      deed: 'map is written',
      of: file,
      kernel,
    },
    {
      ...PREPARED,
      call: 'close',
      operands: [slot('map')],
      deed: 'map is closed',
      of: file,
      after: ['map is written'],
    },
  ];
}
