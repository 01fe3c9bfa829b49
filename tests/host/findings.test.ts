import { describe, expect, test } from 'vitest';
import { type Asked, judge } from '../../src/host/findings/judge.ts';
import type { Survey } from '../../src/host/survey.ts';
import { ALL_CAPABILITIES, capabilitySet } from '../../src/kernel/capabilities.ts';
import { sampleFacts } from '../support/policy.ts';
import { ACTIONS, GOOD_HOST as GOOD, ROOT_MOUNT } from '../support/survey.ts';

const ASKED: Asked = { landlock: 'required', descriptors: 204 };
const REFUSED = { kind: 'refused', reason: 'unshare failed: Operation not permitted' } as const;
const user = sampleFacts({ landlockAbi: 6, uid: 1000, permitted: 0n });

/** What is not ok on such a host. */
function found(parts: Partial<Survey>, asked: Partial<Asked> = {}): readonly string[] {
  return judge({ ...GOOD, ...parts }, { ...ASKED, ...asked })
    .filter(({ level }) => level !== 'ok')
    .map(({ id, level }) => `${level} ${id}`);
}

function hardLimits(limits: Partial<Survey['facts']['hardLimits']>): Survey['facts'] {
  return { ...GOOD.facts, hardLimits: { ...GOOD.facts.hardLimits, ...limits } };
}

describe('findings', () => {
  test('a good host is ok, and every finding that is not says how to fix it', () => {
    expect(found({})).toEqual([]);
    const bad = judge({ ...GOOD, facts: user, userNamespaces: REFUSED, noNewPrivileges: true }, ASKED);
    for (const { level, fix } of bad) expect(fix === undefined).toBe(level === 'ok');
  });

  test.each<[string, Partial<Survey>, readonly string[]]>([
    ['an old kernel', { facts: { ...GOOD.facts, kernelRelease: '5.4.0-42' } }, ['missing kernel']],
    [
      'a kernel that mounts nothing over a directory',
      { facts: { ...GOOD.facts, kernelRelease: '5.10.0-42' } },
      ['note kernel', 'note received-descriptors'],
    ],
    ['no filters', { facts: { ...GOOD.facts, seccomp: false } }, ['missing seccomp']],
    ['no notification', { seccompActions: ACTIONS.filter((a) => a !== 'user_notif') }, ['missing seccomp']],
    ['a silent kernel log', { loggedActions: ['errno'] }, ['note seccomp-log']],
    ['no Landlock', { facts: { ...GOOD.facts, landlockAbi: 0 } }, ['missing landlock']],
    [
      'Debian 12',
      { facts: { ...GOOD.facts, landlockAbi: 2, kernelRelease: '6.1.0' } },
      ['note received-descriptors', 'missing landlock'],
    ],
    ['Debian 13', { facts: { ...GOOD.facts, kernelRelease: '6.12.48' } }, ['note received-descriptors']],
    [
      'a container without CAP_SYS_ADMIN',
      {
        bounding: ALL_CAPABILITIES & ~capabilitySet(['CAP_SYS_ADMIN']),
        underFilter: true,
        rootNamespaces: REFUSED,
      },
      ['missing capabilities', 'note own-filter', 'missing namespaces'],
    ],
    ['no CAP_SYS_RAWIO', { bounding: ALL_CAPABILITIES & ~capabilitySet(['CAP_SYS_RAWIO']) }, ['note page-0']],
    ['a page 0 for everybody', { mmapMinAddr: 0 }, ['missing page-0']],
    [
      'an ordinary user where page 0 is for everybody',
      { facts: user, rootNamespaces: undefined, mmapMinAddr: 0 },
      ['note capabilities', 'note page-0'],
    ],
    ['an ordinary user', { facts: user, rootNamespaces: undefined }, ['note capabilities']],
    [
      'an ordinary user without namespaces',
      { facts: user, rootNamespaces: undefined, userNamespaces: REFUSED },
      ['note capabilities', 'missing user-namespaces'],
    ],
    ['root where users have no namespaces', { userNamespaces: REFUSED }, ['note user-namespaces']],
    ['few descriptors', { facts: hardLimits({ nofile: 100n }) }, ['missing descriptors']],
    ['few processes', { facts: hardLimits({ nproc: 20n }) }, ['note processes']],
    ['ports for all', { facts: { ...GOOD.facts, unprivilegedPortStart: 0 } }, ['note ports']],
    [
      'short queues, without cookies',
      { network: new Map([...GOOD.network, ['net.core.somaxconn', 128], ['net.ipv4.tcp_syncookies', 0]]) },
      ['note backlog', 'note syncookies'],
    ],
    ['a network namespace that shows no settings', { network: new Map() }, []],
    ['no gate', { gate: { path: '/g', executable: false, mount: undefined } }, ['missing gate']],
    ['a core handler', { corePattern: '|/usr/lib/handler %P' }, ['note core-pattern']],
    ['no Yama', { ptraceScope: undefined }, ['note yama']],
    ['hidden processes', { procOptions: ['rw', 'hidepid=invisible'] }, ['note proc']],
    ['no_new_privs', { noNewPrivileges: true }, ['note file-capabilities', 'note no-new-privileges']],
    [
      'nosuid',
      { gate: { path: '/g', executable: true, mount: { ...ROOT_MOUNT, options: ['nosuid'] } } },
      ['note file-capabilities'],
    ],
  ])('%s', (_, parts, expected) => {
    expect(found(parts)).toEqual(expected);
  });

  test('each setting that bounds a listener is told with its value and meaning', () => {
    const settings = judge(
      { ...GOOD, network: new Map([...GOOD.network].map(([name], index) => [name, 7000 + index])) },
      ASKED,
    );
    for (const [index, name] of [...GOOD.network.keys()].entries())
      expect(settings.map(({ what }) => what)).toContainEqual(
        expect.stringMatching(new RegExp(`^${name} = ${7000 + index}: .{20}`)),
      );
    expect(settings.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^net\.ipv4\.ip_unprivileged_port_start = 1024: /),
    );
  });

  test('a policy that goes without Landlock makes it a note', () => {
    const facts = { ...GOOD.facts, landlockAbi: 3 };
    expect(found({ facts }, { landlock: 'best-effort' })).toEqual(['note landlock']);
  });
});
