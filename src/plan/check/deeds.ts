import type { Invariant } from './violation.ts';

export interface DeedWords {
  /** Reported when no step has done it. */
  readonly invariant: Invariant;
  /** The harm then. */
  readonly missing: string;
}

/** All that the calls of a plan do, by name: a change or a query. */
export type DeedName =
  | 'a range is closed'
  | 'descriptor closes'
  | 'output is kept'
  | 'null is open'
  | 'null is above'
  | 'a number is taken'
  | 'standard is null'
  | 'gate never waits'
  | 'rest of the gate is closed'
  | 'standard is served'
  | 'rest is closed'
  | 'terminal is left'
  | 'process group'
  | 'keyring'
  | 'signals are blocked'
  | 'signal is reset'
  | 'signals are open'
  | 'watch of children'
  | 'watch of all'
  | 'watch of signals'
  | 'signals at their number'
  | 'protection is open'
  | 'protection is gone'
  | 'protection is closed'
  | 'class is normal'
  | 'class read'
  | 'nice is 0'
  | 'input and output are normal'
  | 'timers are normal'
  | 'domain is Linux'
  | 'processors are all'
  | 'limit'
  | 'limit read'
  | 'passed socket is at hand'
  | 'passed socket read'
  | 'passed socket waits'
  | 'passed port is not shared'
  | 'passed numbers are closed'
  | 'socket is made'
  | 'socket family'
  | 'socket has its number'
  | 'socket has one number'
  | 'socket tells addresses'
  | 'socket is reused'
  | 'socket option'
  | 'socket option read'
  | 'peers are filtered'
  | 'filter is locked'
  | 'socket is bound'
  | 'socket listens'
  | 'socket refuses descriptors'
  | 'socket directory is open'
  | 'socket directory read'
  | 'socket directory is entered'
  | 'socket directory is closed'
  | 'lock is open'
  | 'starters are locked out'
  | 'place is looked at'
  | 'probe is made'
  | 'socket is unserved'
  | 'probe is closed'
  | 'stale socket is gone'
  | 'socket mode'
  | 'socket owner'
  | 'datagram socket owner'
  | 'datagram socket group'
  | 'socket is open'
  | 'socket read'
  | 'lock is closed'
  | 'descriptors are refused'
  | 'audit is at hand'
  | 'audit is filtered'
  | 'filter of the audit stays'
  | 'filter of the audit stays, tried'
  | 'audit is heard'
  | 'audit has its number'
  | 'audit has one number'
  | 'times are at hand'
  | 'times are asked for'
  | 'times are told'
  | 'times have their number'
  | 'times have one number'
  | 'not root'
  | 'caller is known'
  | 'user namespace'
  | 'maps may be written'
  | 'map is open'
  | 'map is written'
  | 'map is closed'
  | 'namespaces'
  | 'devices are at hand'
  | 'loopback is up'
  | 'loopback read'
  | 'devices are closed'
  | 'mounts are private'
  | 'processes are private'
  | 'processes are its own'
  | 'host tree is copied'
  | 'host tree is read-only'
  | 'processes of the host'
  | 'processes of the host read'
  | 'cover of directories'
  | 'cover is copied'
  | 'cover is closed'
  | 'cover of files'
  | 'a part of /proc is covered'
  | 'directory is open'
  | 'tree is copied'
  | 'directory is closed'
  | 'tree is closed'
  | 'tree runs nothing'
  | 'tree is mounted'
  | 'tree read'
  | 'terminals are its own'
  | 'terminals read'
  | 'maker is a mount'
  | 'maker is to read'
  | 'maker is read'
  | 'maker of terminals'
  | 'maker read'
  | 'root'
  | 'inside the root'
  | 'directory'
  | 'umask'
  | 'umask read'
  | 'program is there'
  | 'page is open'
  | 'page is filled'
  | 'page 0'
  | 'page is closed'
  | 'page 0 is closed'
  | 'number is unused'
  | 'groups'
  | 'group'
  | 'user'
  | 'groups read'
  | 'group read'
  | 'user read'
  | 'root is refused'
  | 'capabilities pass the user'
  | 'capability is raised'
  | 'bound is dropped'
  | 'bound read'
  | 'ambient is clear'
  | 'ambient is raised'
  | 'bits are locked'
  | 'bits read'
  | 'capabilities are given up'
  | 'capabilities read'
  | 'end of the parent'
  | 'nobody traces'
  | 'nobody traces, read'
  | 'no new privileges'
  | 'no new privileges, read'
  | 'ruleset'
  | 'place is open'
  | 'place is allowed'
  | 'place is closed'
  | 'ruleset holds'
  | 'filter';

/** The invariant that each deed serves, and the harm where it is missing. */
export const DEEDS: Readonly<Record<DeedName, DeedWords>> = {
  'a range is closed': { invariant: 'inheritance', missing: 'descriptors of the caller are open' },
  'descriptor closes': {
    invariant: 'descriptors',
    missing: 'the events or the way to the program survive the exec',
  },
  'output is kept': { invariant: 'service', missing: 'a failure is not reported' },
  'null is open': { invariant: 'service', missing: '/dev/null is not at hand' },
  'null is above': { invariant: 'service', missing: '/dev/null has a number that the gate needs' },
  'a number is taken': {
    invariant: 'descriptors',
    missing: 'a number of the gate could become that of a listener',
  },
  'standard is null': { invariant: 'inheritance', missing: 'a standard descriptor of the caller is open' },
  'gate never waits': { invariant: 'service', missing: 'a slow reader stops the gate' },
  'rest of the gate is closed': { invariant: 'descriptors', missing: 'it keeps more than it needs' },
  'standard is served': {
    invariant: 'service',
    missing: 'the service has another descriptor than it is to have',
  },
  'rest is closed': { invariant: 'descriptors', missing: 'other descriptors survive the exec' },
  'terminal is left': { invariant: 'inheritance', missing: 'it has the terminal of the caller' },
  'process group': { invariant: 'isolation', missing: 'it stays in the process group of another process' },
  keyring: { invariant: 'inheritance', missing: "the caller's session keyring is reachable" },
  'signals are blocked': { invariant: 'service', missing: 'a signal gives the gate orders' },
  'signal is reset': { invariant: 'inheritance', missing: 'a signal is handled as the caller wanted' },
  'signals are open': { invariant: 'inheritance', missing: 'signals are blocked for the service' },
  'watch of children': { invariant: 'service', missing: 'the gate does not notice ends' },
  'watch of all': { invariant: 'service', missing: 'the gate has nothing to wait with' },
  'watch of signals': { invariant: 'service', missing: 'the gate does not hear signals' },
  'signals at their number': { invariant: 'service', missing: 'the gate does not hear signals' },
  'protection is open': { invariant: 'inheritance', missing: 'it is protected when memory runs out' },
  'protection is gone': { invariant: 'inheritance', missing: 'it is protected when memory runs out' },
  'protection is closed': { invariant: 'descriptors', missing: 'a file of /proc stays open' },
  'class is normal': { invariant: 'inheritance', missing: 'it has the scheduling class of the caller' },
  'class read': { invariant: 'read-back', missing: 'nothing shows that its class is not a real-time one' },
  'nice is 0': { invariant: 'inheritance', missing: 'it has the nice value of the caller' },
  'input and output are normal': {
    invariant: 'inheritance',
    missing: 'it has the I/O priority of the caller',
  },
  'timers are normal': { invariant: 'inheritance', missing: 'it has the timer slack of the caller' },
  'domain is Linux': { invariant: 'inheritance', missing: 'it has the execution domain of the caller' },
  'processors are all': { invariant: 'inheritance', missing: 'it has the processors of the caller' },
  limit: { invariant: 'limits', missing: 'a limit differs from the policy' },
  'limit read': { invariant: 'read-back', missing: 'a limit is not read back' },
  'passed socket is at hand': { invariant: 'service', missing: 'a socket that is passed is not taken' },
  'passed socket read': {
    invariant: 'read-back',
    missing: 'nothing shows that a socket that is passed is the one of its address',
  },
  'passed socket waits': {
    invariant: 'service',
    missing: 'a socket that is passed blocks the gate, or does not block the service',
  },
  'passed port is not shared': { invariant: 'service', missing: 'another process may take the port' },
  'passed numbers are closed': {
    invariant: 'descriptors',
    missing: 'a socket that is passed stays open under a second number',
  },
  'socket is made': { invariant: 'service', missing: 'an address has no socket' },
  'socket family': {
    invariant: 'service',
    missing: 'an IPv6 address may accept other peers than the policy names',
  },
  'socket option': { invariant: 'service', missing: 'an option of a socket is not set' },
  'socket option read': { invariant: 'read-back', missing: 'the size of a buffer is not read back' },
  'socket has its number': {
    invariant: 'service',
    missing: 'a socket of datagrams has another number than the filter of the gate names',
  },
  'socket has one number': {
    invariant: 'descriptors',
    missing: 'a socket of datagrams stays open under a second number',
  },
  'socket tells addresses': {
    invariant: 'service',
    missing: 'the gate does not hear which address a peer has asked',
  },
  'socket is reused': { invariant: 'service', missing: 'a restart waits for old connections' },
  'peers are filtered': {
    invariant: 'admission',
    missing: 'peers that the access list refuses are answered',
  },
  'filter is locked': { invariant: 'admission', missing: 'the service can take the access list away' },
  'socket is bound': { invariant: 'service', missing: 'an address is not bound' },
  'socket listens': { invariant: 'service', missing: 'no socket listens at an address' },
  'socket refuses descriptors': { invariant: 'isolation', missing: 'a peer may send a session descriptors' },
  'socket directory is open': { invariant: 'service', missing: 'the directory of a socket is not open' },
  'socket directory read': {
    invariant: 'read-back',
    missing: 'nothing shows that only its owner may write to the directory of a socket',
  },
  'socket directory is entered': { invariant: 'service', missing: 'a socket is made in another directory' },
  'socket directory is closed': { invariant: 'descriptors', missing: 'the directory of a socket stays open' },
  'lock is open': { invariant: 'service', missing: 'starters of a socket have no lock' },
  'starters are locked out': { invariant: 'service', missing: 'two starters may replace one socket' },
  'place is looked at': { invariant: 'service', missing: 'a file that is no socket may be removed' },
  'probe is made': { invariant: 'service', missing: 'nothing shows that a socket has no server' },
  'socket is unserved': { invariant: 'service', missing: 'a socket that is in use may be removed' },
  'probe is closed': { invariant: 'descriptors', missing: 'a probe stays open' },
  'stale socket is gone': { invariant: 'service', missing: 'a socket of an earlier launch is in the way' },
  'socket mode': { invariant: 'service', missing: 'others than the policy says may connect to a socket' },
  'datagram socket owner': {
    invariant: 'service',
    missing: 'a datagram socket does not belong to the user of the policy',
  },
  'datagram socket group': {
    invariant: 'service',
    missing: 'a datagram socket does not belong to the group of the policy',
  },
  'socket is open': { invariant: 'service', missing: 'a datagram socket does not get its mode' },
  'socket owner': { invariant: 'service', missing: 'a socket does not belong to the user of the policy' },
  'socket read': { invariant: 'read-back', missing: 'the owner and mode of a socket are not read back' },
  'lock is closed': { invariant: 'descriptors', missing: 'the lock of a socket is kept' },
  'descriptors are refused': { invariant: 'inheritance', missing: 'a peer may send it descriptors' },
  'audit is at hand': { invariant: 'service', missing: "nobody hears the kernel's audit" },
  'audit is filtered': { invariant: 'isolation', missing: 'it reads every record of the host' },
  'filter of the audit stays': {
    invariant: 'isolation',
    missing: 'it may come to read every record of the host',
  },
  'filter of the audit stays, tried': {
    invariant: 'read-back',
    missing: 'nothing shows that the filter of the audit stays',
  },
  'audit is heard': { invariant: 'service', missing: "nobody hears the kernel's audit" },
  'audit has its number': {
    invariant: 'service',
    missing: 'the audit has another number than the gate reads',
  },
  'audit has one number': { invariant: 'descriptors', missing: 'the audit stays open under a second number' },
  'times are at hand': { invariant: 'service', missing: 'the gate cannot ask about connections' },
  'times are asked for': {
    invariant: 'read-back',
    missing: 'nothing asks whether the kernel tells of connections',
  },
  'times are told': { invariant: 'read-back', missing: 'nothing shows that the kernel tells of connections' },
  'times have their number': {
    invariant: 'service',
    missing: 'the way to ask about connections has another number than the gate uses',
  },
  'times have one number': {
    invariant: 'descriptors',
    missing: 'the way to ask about connections stays open under a second number',
  },
  'not root': { invariant: 'isolation', missing: 'root may start a plan for ordinary users' },
  'caller is known': {
    invariant: 'service',
    missing: 'the identity of the caller is not known for the maps',
  },
  'user namespace': { invariant: 'isolation', missing: 'it has no user namespace' },
  'maps may be written': { invariant: 'service', missing: 'the maps belong to root' },
  'map is open': { invariant: 'service', missing: 'a map is not written' },
  'map is written': { invariant: 'isolation', missing: 'a map is not written' },
  'map is closed': { invariant: 'descriptors', missing: 'a map stays open' },
  namespaces: {
    invariant: 'isolation',
    missing: 'not every namespace of the service is its own, or the network is not the one of the policy',
  },
  'devices are at hand': { invariant: 'service', missing: 'there is no way to the loopback' },
  'loopback is up': { invariant: 'service', missing: 'the loopback of the policy is down' },
  'loopback read': { invariant: 'read-back', missing: 'the state of the loopback is not read back' },
  'devices are closed': { invariant: 'descriptors', missing: 'the way to the devices stays open' },
  'mounts are private': { invariant: 'isolation', missing: 'its mounts reach the host' },
  'processes are private': {
    invariant: 'isolation',
    missing: 'its /proc reaches a host that it sees from a chroot',
  },
  'processes are its own': {
    invariant: 'isolation',
    missing: 'the processes of the host are visible in /proc',
  },
  'host tree is copied': { invariant: 'service', missing: 'the /proc of the host is not there' },
  'host tree is read-only': { invariant: 'isolation', missing: 'it may write to the /proc of the host' },
  'processes of the host': { invariant: 'service', missing: 'the processes of the host are not there' },
  'processes of the host read': {
    invariant: 'read-back',
    missing: 'the flags of the /proc of the host are not read back',
  },
  'cover of directories': { invariant: 'isolation', missing: 'the settings of the kernel are open in /proc' },
  'cover is copied': { invariant: 'isolation', missing: 'files of the kernel are open in /proc' },
  'cover is closed': { invariant: 'isolation', missing: 'a device may be opened' },
  'cover of files': {
    invariant: 'isolation',
    missing: 'a part of /proc that is not about processes is open',
  },
  'a part of /proc is covered': {
    invariant: 'isolation',
    missing: 'a part of /proc that is not about processes is open',
  },
  'directory is open': { invariant: 'service', missing: 'a directory to write to is not open' },
  'tree is copied': { invariant: 'isolation', missing: 'a directory to write to may be run from' },
  'directory is closed': { invariant: 'descriptors', missing: 'a directory to write to stays open' },
  'tree is closed': { invariant: 'descriptors', missing: 'a directory to write to stays open' },
  'tree runs nothing': { invariant: 'isolation', missing: 'a directory to write to may be run from' },
  'tree is mounted': { invariant: 'isolation', missing: 'a directory to write to may be run from' },
  'tree read': { invariant: 'read-back', missing: 'the flags of a directory to write to are not read back' },
  'terminals are its own': {
    invariant: 'isolation',
    missing: 'it has no terminals of its own, and sees those of the host',
  },
  'terminals read': { invariant: 'read-back', missing: 'the mount of the terminals is not read back' },
  'maker is a mount': {
    invariant: 'isolation',
    missing: 'the device that makes terminals is no mount of its own',
  },
  'maker is to read': {
    invariant: 'isolation',
    missing: 'a session may take the device that makes terminals from later ones',
  },
  'maker is read': {
    invariant: 'read-back',
    missing: 'the mount of the device that makes terminals is not read back',
  },
  'maker of terminals': {
    invariant: 'isolation',
    missing: 'a terminal that it makes could be one of the host',
  },
  'maker read': { invariant: 'read-back', missing: 'the device that makes terminals is not read back' },
  root: { invariant: 'isolation', missing: 'its root is not the one of the policy' },
  'inside the root': { invariant: 'chdir-after-chroot', missing: 'its directory is outside of its root' },
  directory: { invariant: 'inheritance', missing: 'its directory is not the one of the policy' },
  umask: { invariant: 'inheritance', missing: 'its umask is not the one of the policy' },
  'umask read': { invariant: 'read-back', missing: 'the umask is not read back' },
  'program is there': { invariant: 'service', missing: 'the program is not looked for' },
  'page is open': { invariant: 'isolation', missing: 'page 0 is not made' },
  'page is filled': { invariant: 'isolation', missing: 'page 0 is not filled' },
  'page 0': { invariant: 'isolation', missing: 'page 0 is not mapped' },
  'page is closed': { invariant: 'descriptors', missing: 'page 0 stays open as a file' },
  'page 0 is closed': { invariant: 'read-back', missing: 'nothing asserts that page 0 is closed' },
  'number is unused': {
    invariant: 'isolation',
    missing: 'a process of the host may have the number that is to be its own',
  },
  groups: { invariant: 'no-root-left', missing: 'setgroups is missing: the groups of the caller are left' },
  group: { invariant: 'no-root-left', missing: 'setresgid is missing: the group of the caller is left' },
  user: { invariant: 'no-root-left', missing: 'setresuid is missing: the user of the caller is left' },
  'groups read': { invariant: 'read-back', missing: 'the groups are not read back' },
  'group read': { invariant: 'read-back', missing: 'the group is not read back' },
  'user read': { invariant: 'read-back', missing: 'the user is not read back' },
  'root is refused': { invariant: 'read-back', missing: 'it is not asserted that root cannot be regained' },
  'capabilities pass the user': {
    invariant: 'kernel-refuses',
    missing: 'nothing is left to clear the bounding set with',
  },
  'capability is raised': {
    invariant: 'kernel-refuses',
    missing: 'nothing is left to clear the bounding set with',
  },
  'bound is dropped': { invariant: 'no-capability-left', missing: 'an exec may bring a capability back' },
  'bound read': { invariant: 'read-back', missing: 'the bounding set is not read back' },
  'ambient is clear': { invariant: 'no-capability-left', missing: 'a capability may pass an exec' },
  'ambient is raised': {
    invariant: 'service',
    missing: 'a capability that is granted does not pass the exec',
  },
  'bits are locked': { invariant: 'no-capability-left', missing: 'the secure bits are not locked' },
  'bits read': { invariant: 'read-back', missing: 'the secure bits are not read back' },
  'capabilities are given up': { invariant: 'no-capability-left', missing: 'capabilities are not given up' },
  'capabilities read': { invariant: 'read-back', missing: 'the capabilities are not read back' },
  'end of the parent': { invariant: 'isolation', missing: 'it may outlive its parent' },
  'nobody traces': { invariant: 'isolation', missing: 'a process of the same user may trace it' },
  'nobody traces, read': {
    invariant: 'read-back',
    missing: 'PR_SET_DUMPABLE is not read back by PR_GET_DUMPABLE',
  },
  'no new privileges': { invariant: 'no-new-privs-before-filter', missing: 'no_new_privs is not set' },
  'no new privileges, read': { invariant: 'read-back', missing: 'no_new_privs is not read back' },
  ruleset: { invariant: 'isolation', missing: 'there is no Landlock ruleset' },
  'place is open': { invariant: 'service', missing: 'a place to write to is not open' },
  'place is allowed': { invariant: 'service', missing: 'a place to write to is not in the ruleset' },
  'place is closed': { invariant: 'descriptors', missing: 'a place to write to stays open' },
  'ruleset holds': { invariant: 'isolation', missing: 'the Landlock ruleset is not in force' },
  filter: { invariant: 'filter-last', missing: 'no filter was loaded as the last step' },
};

/** A deed, and of which of several: a limit, a signal, an address. */
export interface Deed {
  readonly deed: DeedName;
  readonly of?: string | number | undefined;
}

/** A deed as text, to compare it with others. */
export function deedKey({ deed, of }: Deed): string {
  return of === undefined ? deed : `${deed}: ${of}`;
}
