import { type Stats, statSync } from 'node:fs';
import type { Architecture } from '../kernel/architecture.ts';
import type { Variable } from '../plan/step.ts';
import { environmentOf } from '../plan/steps/environment.ts';
import type { PeerAccounts } from '../plan/steps/peer-users.ts';
import type { SocketOwners } from '../plan/steps/unix-sockets.ts';
import type { LinkTargets } from '../plan/steps/write-places.ts';
import { type Diagnostic, hasErrors } from '../policy/diagnostic.ts';
import { KEEP_ROOT } from '../policy/keys/root.ts';
import type { Policy } from '../policy/policy.ts';
import { checkInterfaces } from './check-interfaces.ts';
import { checkProgram } from './check-program.ts';
import { checkSettings } from './check-settings.ts';
import { checkSockets } from './check-sockets.ts';
import { checkTerminals } from './check-terminals.ts';
import { checkUser } from './check-user.ts';
import { checkWritable } from './check-writable.ts';
import { distrustWay } from './component-trust.ts';
import { hostArchitecture } from './host-architecture.ts';
import { ownerHelp, wayHelp } from './look-at-file.ts';
import { readNetworkSettings } from './network-settings.ts';
import { OWN } from './own-user.ts';
import type { Report } from './report.ts';
import { type ResolvedIdentity, resolveIdentity, type ServiceIdentity } from './resolve-identity.ts';
import { explain, walkPath } from './walk-path.ts';

export interface ResolveOptions {
  /** The service runs with the caller's rights, also where it sees another number. */
  readonly unprivileged: boolean;
  readonly callerUid: number;
  /** Of the caller, from which the policy passes variables; empty if left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The machine of an executable that is built; its service may also be installed here as this machine has it. */
  readonly target?: Architecture | undefined;
}

/** The identity of the service, and the files that the kernel needs to start its program. */
export interface ResolvedPolicy extends ResolvedIdentity {
  /** Of a script, of its interpreter, and the loader, as they are looked up inside the root. */
  readonly interpreters: readonly string[];
  /** The targets of the paths that it may write to. */
  readonly linkTargets: LinkTargets;
  /** The accounts of sockets that are files. */
  readonly socketOwners: SocketOwners;
  /** The numbers of the users and groups of the access list. */
  readonly peerAccounts: PeerAccounts;
}

/** Looks up the names of a policy on this host: accounts, root, program, directories. */
export function resolvePolicy(policy: Policy, options: ResolveOptions): ResolvedPolicy {
  const { identity, diagnostics: unknown } = resolveIdentity(policy);
  const diagnostics: Diagnostic[] = [...unknown];
  const report: Report = (code, path, message, help, more) => {
    diagnostics.push({ code, severity: 'error', message, span: spanOf(policy, path), help, ...more });
  };
  const here = options.target === undefined;
  if (!options.unprivileged && identity !== undefined) checkUser(policy, identity, here, report);
  const owners = options.unprivileged ? [0, options.callerUid] : [0];
  const { unprivileged, callerUid } = options;
  const { diagnostics: ofSockets, ...accounts } = checkSockets({ policy, unprivileged, callerUid, here });
  diagnostics.push(
    ...ofSockets,
    ...(here ? [...checkInterfaces(policy), ...checkSettings(policy, readNetworkSettings())] : []),
  );
  if (!checkRoot(policy, owners, report))
    return { identity, interpreters: [], linkTargets: new Map(), ...accounts, diagnostics };
  const who = actor(identity, options);
  const { target = hostArchitecture() } = options;
  const machines = [...new Set([hostArchitecture(), target])];
  const environment = literals(environmentOf(policy, options.environment ?? {}));
  const rules = { owners, target, machines };
  const { walks, interpreters } = checkProgram({ policy, who, rules, environment }, report);
  checkDirectories(policy, report);
  checkTerminals({ policy, owners, here }, report);
  const owner = policy.user === OWN && !options.unprivileged ? identity?.uid : undefined;
  const linkTargets = checkWritable({ policy, started: walks, here, owner }, report);
  return { identity, interpreters, linkTargets, ...accounts, diagnostics: withoutAdvice(diagnostics) };
}

/** Notes say what could be better: beside an error they would only hide it. */
function withoutAdvice(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return hasErrors(diagnostics) ? diagnostics.filter(({ severity }) => severity !== 'note') : diagnostics;
}

/** The variables whose values are known before a connection. */
function literals(variables: readonly Variable[]): ReadonlyMap<string, string> {
  return new Map(
    variables.flatMap(({ name, value }) => (value.kind === 'literal' ? [[name, value.text] as const] : [])),
  );
}

/** Returns the identity by whose rights files are opened; undefined when an account is unknown. */
function actor(identity: ServiceIdentity | undefined, options: ResolveOptions): ServiceIdentity | undefined {
  if (!options.unprivileged) return identity;
  return { uid: options.callerUid, gid: process.getgid?.() ?? -1, groups: process.getgroups?.() ?? [] };
}

/** A link, `..` and a bind mount lead there as well. */
function isHostRoot({ dev, ino }: Stats): boolean {
  const host = statSync('/');
  return dev === host.dev && ino === host.ino;
}

/**
 * Returns whether paths inside the root can be checked. A sticky directory may stand above the root, but not be the
 * root.
 */
function checkRoot(policy: Policy, owners: readonly number[], report: Report): boolean {
  if (policy.root === undefined) return true;
  const walk = walkPath(policy.root);
  if (walk.kind === 'missing') {
    const help = `make it, owned by root, with the program and what it needs inside: mkdir -p ${policy.root}`;
    const message = `the root '${policy.root}' cannot be used: ${explain(walk.reason)}`;
    report('root-missing', 'root', message, walk.reason === 'ENOENT' ? help : wayHelp(policy.root));
    return false;
  }
  if (!walk.stat.isDirectory()) {
    report('root-not-directory', 'root', `the root '${policy.root}' is no directory`, 'name a directory');
    return false;
  }
  if (isHostRoot(walk.stat)) {
    report('root-whole', 'root', `the root '${policy.root}' is the whole host`, KEEP_ROOT);
    return false;
  }
  const open =
    (walk.stat.mode & 0o022) !== 0 ? `${walk.path} is writable by others than its owner` : undefined;
  const reason = distrustWay(walk, owners) ?? open;
  if (reason !== undefined) report('root-untrusted', 'root', reason, ownerHelp(owners));
  return true;
}

function checkDirectories(policy: Policy, report: Report): void {
  const directory = walkPath(policy.directory, policy.root);
  if (directory.kind === 'missing' || !directory.stat.isDirectory()) {
    const reason = directory.kind === 'missing' ? explain(directory.reason) : 'it is no directory';
    report(
      'directory-missing',
      'directory',
      `the directory '${policy.directory}' cannot be entered: ${reason}`,
      'make it, or name another; it is looked up inside the root',
    );
  }
}

function spanOf(policy: Policy, path: string): Diagnostic['span'] {
  return policy.spans.get(path) ?? policy.spans.get(path.split('.')[0] ?? path);
}
