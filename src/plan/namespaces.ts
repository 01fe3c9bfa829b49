import type { Policy } from '../policy/policy.ts';
import type { PlanBuilder } from './builder.ts';
import { equal, NOT_NEGATIVE, slot, text, value } from './builder.ts';
import type { HostFacts, Identity } from './facts.ts';

function writeFile(builder: PlanBuilder, path: string, content: string, why: string): void {
  builder.call('openat', ['AT_FDCWD', text(path), 'O_WRONLY|O_CLOEXEC', 0], {
    why,
    expect: NOT_NEGATIVE,
    store: 'map',
  });
  builder.call('write', [slot('map'), text(content), content.length], { why, expect: equal(content.length) });
  builder.call('close', [slot('map')], { why });
}

/** Without privilege: a user namespace in which the service's numbers stand for the caller's own. */
export function unshareUser(builder: PlanBuilder, identity: Identity, facts: HostFacts): void {
  builder.call('unshare', ['CLONE_NEWUSER'], { why: 'the privilege to confine, over nothing but ourselves' });
  writeFile(builder, '/proc/self/setgroups', 'deny', 'groups of the caller cannot be dropped to gain access');
  writeFile(
    builder,
    '/proc/self/uid_map',
    `${identity.uid} ${facts.uid} 1`,
    `uid ${identity.uid} is the caller's ${facts.uid}`,
  );
  writeFile(
    builder,
    '/proc/self/gid_map',
    `${identity.gid} ${facts.gid} 1`,
    `gid ${identity.gid} is the caller's ${facts.gid}`,
  );
}

/** The namespaces of the service. The sockets were made before: they stay in the network of the host. */
export function unshareNamespaces(builder: PlanBuilder, policy: Policy): void {
  const network = policy.network === 'none' ? '|CLONE_NEWNET' : '';
  builder.call('unshare', [`CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP${network}`], {
    why:
      network === ''
        ? 'own mounts, processes and IPC; the network of the host'
        : 'own mounts, processes, IPC and an empty network',
    source: policy.spans.get('network'),
  });
  builder.call(
    'mount',
    [value(0, 'NULL'), text('/'), value(0, 'NULL'), 'MS_REC|MS_PRIVATE', value(0, 'NULL')],
    {
      why: 'no mount of the service reaches the host',
    },
  );
}

/** A service without a root of its own sees the processes of its own namespace only. */
export function mountProc(builder: PlanBuilder): void {
  builder.call(
    'mount',
    [text('proc'), text('/proc'), text('proc'), 'MS_NOSUID|MS_NODEV|MS_NOEXEC', text('hidepid=invisible')],
    { why: 'no process of the host is visible', roles: ['inner'] },
  );
}
