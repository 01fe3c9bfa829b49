import type { Policy } from '../../policy/policy.ts';
import type { CallOptions, PlanBuilder } from '../builder.ts';
import { data, equal, fails, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import { DECIMAL } from '../data.ts';
import type { Identity } from '../facts.ts';
import type { CapabilityNeed } from '../need.ts';
import { showHostProcesses } from './host-processes.ts';
import { writePlaces } from './write-places.ts';

function writeFile(builder: PlanBuilder, path: string, content: string, why: string): void {
  builder.call('openat', ['AT_FDCWD', text(path), 'O_WRONLY|O_CLOEXEC', 0], {
    why,
    expect: NOT_NEGATIVE,
    store: 'map',
  });
  builder.call('write', [slot('map'), text(content), content.length], { why, expect: equal(content.length) });
  builder.call('close', [slot('map')], { why });
}

/** A plan for ordinary users maps the caller's own number: root's own would be the host's root. */
export function refuseRoot(builder: PlanBuilder): void {
  builder.call('setreuid', [0, 0], {
    why: 'this plan is for an ordinary user, not for root',
    expect: fails('EPERM'),
  });
}

/** One line of a map, in which the outer number is the caller's: known when the gate is started, not before. */
function writeMap(builder: PlanBuilder, kind: 'uid' | 'gid', inside: number): void {
  const path = `/proc/self/${kind}_map`;
  const why = `${kind} ${inside} is the caller's own`;
  const caller = `caller.${kind}`;
  const bytes = new TextEncoder().encode(`${inside} ${' '.repeat(DECIMAL)} 1`);
  const map = {
    bytes,
    patches: [{ offset: `${inside} `.length, width: DECIMAL, source: { kind: 'slot', slot: caller } }],
  } as const;
  builder.call('openat', ['AT_FDCWD', text(path), 'O_WRONLY|O_CLOEXEC', 0], {
    why,
    expect: NOT_NEGATIVE,
    store: 'map',
  });
  builder.call('write', [slot('map'), data(map, `"${inside} {${caller}} 1"`), bytes.length], {
    why,
    expect: equal(bytes.length),
  });
  builder.call('close', [slot('map')], { why });
}

/** Without privilege: a user namespace in which the service's numbers stand for the caller's own. */
export function unshareUser(builder: PlanBuilder, identity: Identity): void {
  for (const kind of ['uid', 'gid'] as const) {
    builder.call(`get${kind}`, [], {
      why: 'the identity of the caller',
      expect: NOT_NEGATIVE,
      store: `caller.${kind}`,
    });
  }
  builder.call('unshare', ['CLONE_NEWUSER'], { why: 'the privilege to confine, in a user namespace only' });
  builder.call('prctl', ['PR_SET_DUMPABLE', 1, 0, 0, 0], {
    why: 'the maps belong to root while a file with capabilities runs; no capability is left for a tracer to take',
  });
  writeFile(builder, '/proc/self/setgroups', 'deny', 'groups of the caller cannot be dropped to gain access');
  writeMap(builder, 'uid', identity.uid);
  writeMap(builder, 'gid', identity.gid);
}

export const NAMESPACE_NEED: CapabilityNeed = {
  capability: 'CAP_SYS_ADMIN',
  to: 'to make namespaces',
  does: 'makes namespaces',
  without: 'refused',
};

/** The namespaces of the service. The sockets were made before: they stay in the network of the host. */
export function unshareNamespaces(builder: PlanBuilder, policy: Policy): void {
  const network = policy.network === 'host' ? '' : '|CLONE_NEWNET';
  builder.call('unshare', [`CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP${network}`], {
    why:
      network === ''
        ? 'own mounts, processes and IPC; the network of the host'
        : 'own mounts, processes, IPC and an empty network',
    source: policy.spans.get('network'),
  });
  // EINVAL: the caller's root is a directory and no mount (chroot(2)). Each mount of ours is then made private by
  // itself.
  // The mounts of a service with CAP_SYS_ADMIN are not, nor is the directory in which something is mounted.
  const mountsMore =
    policy.capabilities.includes('CAP_SYS_ADMIN') || writePlaces(policy).length > 0 || policy.terminals;
  makePrivate(builder, '/', {
    why: 'no mount of the service reaches the host',
    tolerate: mountsMore ? [] : ['EINVAL'],
  });
}

function makePrivate(builder: PlanBuilder, path: string, options: CallOptions): void {
  const arguments_ = [value(0, 'NULL'), text(path), value(0, 'NULL'), 'MS_REC|MS_PRIVATE', value(0, 'NULL')];
  builder.call('mount', arguments_, options);
}

export const PROC_NEED: CapabilityNeed = {
  capability: 'CAP_SYS_ADMIN',
  to: 'to mount /proc',
  does: 'mounts /proc for a policy without `root`',
  when: ({ root }) => root === undefined,
  without: 'refused',
  instead: 'write policies with `root`',
};

/** Makes the mount at /proc private: in a chroot, where / may be no mount, the new /proc stays private too. */
function makeProcPrivate(builder: PlanBuilder): void {
  makePrivate(builder, '/proc', {
    why: 'in a chroot, where / may be no mount, the new /proc stays private too',
    roles: ['inner'],
  });
}

/** A service without a `root` sees only the processes of its own namespace, unless its policy shows it those of the host. */
export function mountProc(builder: PlanBuilder, policy: Policy): void {
  makeProcPrivate(builder);
  switch (policy.processes) {
    case 'own':
      builder.call(
        'mount',
        [
          text('proc'),
          text('/proc'),
          text('proc'),
          'MS_NOSUID|MS_NODEV|MS_NOEXEC',
          text('hidepid=invisible'),
        ],
        { why: 'no process of the host is visible', roles: ['inner'] },
      );
      break;
    case 'host':
      showHostProcesses(builder, policy);
      break;
    default:
      policy.processes satisfies never;
  }
}
