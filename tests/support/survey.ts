import type { Mount } from '../../src/host/mounts.ts';
import type { Survey } from '../../src/host/survey.ts';
import { ALL_CAPABILITIES } from '../../src/kernel/capabilities.ts';
import { sampleFacts } from './policy.ts';

export const ACTIONS: readonly string[] = [
  'kill_process',
  'kill_thread',
  'trap',
  'errno',
  'user_notif',
  'trace',
  'log',
  'allow',
];

export const ROOT_MOUNT: Mount = { point: '/', type: 'ext4', options: ['rw'], device: '254:0', root: '/' };

/** A host where nothing is to be said, for root. */
export const GOOD_HOST: Survey = {
  facts: sampleFacts({ landlockAbi: 6, kernelRelease: '6.16.1' }),
  distribution: 'Sample Linux',
  nodeVersion: '22.0.0',
  gate: { path: '/g', executable: true, mount: ROOT_MOUNT },
  distrust: [],
  seccompActions: ACTIONS,
  loggedActions: ACTIONS.slice(0, -1),
  filtersAllThreads: true,
  bounding: ALL_CAPABILITIES,
  noNewPrivileges: false,
  underFilter: false,
  rootNamespaces: { kind: 'made' },
  userNamespaces: { kind: 'made' },
  mmapMinAddr: 65_536,
  corePattern: 'core',
  ptraceScope: 1,
  procOptions: ['rw'],
  hasSetcap: true,
  network: new Map([
    ['net.core.somaxconn', 4096],
    ['net.ipv4.tcp_max_syn_backlog', 2048],
    ['net.ipv4.tcp_syncookies', 1],
    ['net.core.optmem_max', 131_072],
    ['net.core.rmem_max', 4_194_304],
    ['net.core.wmem_max', 4_194_304],
    ['net.netfilter.nf_conntrack_max', 262_144],
  ]),
};
