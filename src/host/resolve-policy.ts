import type { Stats } from 'node:fs';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { distrust } from './component-trust.ts';
import { ELF_MACHINES, type ExecutableFormat, executableFormat } from './executable.ts';
import { type ResolvedIdentity, resolveIdentity, type ServiceIdentity } from './resolve-identity.ts';
import { errorCode, explain, type Walk, walkPath } from './walk-path.ts';

export interface ResolveOptions {
  /** The service runs with the caller's rights, whatever number it sees. */
  readonly unprivileged: boolean;
  readonly callerUid: number;
}

type Report = (code: string, path: string, message: string, help?: string) => void;

/** Looks up on this host what a policy names: accounts, root, program, directories. */
export function resolvePolicy(policy: Policy, options: ResolveOptions): ResolvedIdentity {
  const { identity, diagnostics: unknown } = resolveIdentity(policy);
  const diagnostics: Diagnostic[] = [...unknown];
  const report: Report = (code, path, message, help) => {
    diagnostics.push({ code, severity: 'error', message, span: spanOf(policy, path), help });
  };
  const owners = options.unprivileged ? [0, options.callerUid] : [0];
  if (checkRoot(policy, owners, report)) {
    checkProgram(policy, actor(identity, options), owners, report);
    checkDirectories(policy, report);
  }
  return { identity, diagnostics };
}

/** Whose rights count when files are opened; undefined when an account is unknown. */
function actor(identity: ServiceIdentity | undefined, options: ResolveOptions): ServiceIdentity | undefined {
  if (!options.unprivileged) return identity;
  return { uid: options.callerUid, gid: process.getgid?.() ?? -1, groups: process.getgroups?.() ?? [] };
}

/** Whether the root can be looked into. A sticky directory may stand above the root, but not be it. */
function checkRoot(policy: Policy, owners: readonly number[], report: Report): boolean {
  if (policy.root === undefined) return true;
  const walk = walkPath(policy.root);
  if (walk.kind === 'missing') {
    report('root-missing', 'root', `the root '${policy.root}' cannot be used: ${explain(walk.reason)}`);
    return false;
  }
  if (!walk.stat.isDirectory()) {
    report('root-not-directory', 'root', `the root '${policy.root}' is no directory`);
    return false;
  }
  const open =
    (walk.stat.mode & 0o022) !== 0 ? `${walk.path} is writable by others than its owner` : undefined;
  const reason = untrusted(walk, owners) ?? open;
  if (reason !== undefined)
    report('root-untrusted', 'root', reason, 'a root belongs to root and only root writes to it');
  return true;
}

function checkProgram(
  policy: Policy,
  who: ServiceIdentity | undefined,
  owners: readonly number[],
  report: Report,
): void {
  const [program] = policy.run;
  const walk = walkPath(program, policy.root);
  const where = policy.root === undefined ? '' : ` inside '${policy.root}'`;
  if (walk.kind === 'missing') {
    const code = walk.reason === 'EACCES' ? 'executable-not-executable' : 'executable-missing';
    report(code, 'run.0', `the program '${program}' cannot be reached${where}: ${explain(walk.reason)}`);
    return;
  }
  if (!walk.stat.isFile() || (who !== undefined && !reachable(walk, who))) {
    const reason = walk.stat.isFile() ? 'is not executable by the service' : 'is no regular file';
    report('executable-not-executable', 'run.0', `the program '${program}' ${reason}`);
    return;
  }
  const reason = untrusted(walk, owners);
  if (reason !== undefined) {
    report('executable-untrusted', 'run.0', reason, 'what the service runs must not be changed by others');
  }
  checkFormat(policy, walk.path, owners, report);
}

function checkFormat(policy: Policy, path: string, owners: readonly number[], report: Report): void {
  const format = formatOf(path);
  if (format.kind === 'unknown') {
    const help = 'a script begins with #! and the path of its interpreter';
    report(
      'executable-not-executable',
      'run.0',
      `${path} is neither a program for this kernel nor a script`,
      help,
    );
    return;
  }
  if (format.kind === 'elf' && format.machine !== ELF_MACHINES[process.arch]) {
    report(
      'executable-machine',
      'run.0',
      `${path} is a program for another machine (ELF machine ${format.machine})`,
    );
    return;
  }
  if (format.kind === 'unreadable' || format.interpreter === undefined) return;
  const interpreter = walkPath(format.interpreter, policy.root);
  if (interpreter.kind === 'missing') {
    const help = 'copy it into the root with the libraries that it needs';
    const message = `the interpreter '${format.interpreter}' of ${path} cannot be reached: ${explain(interpreter.reason)}`;
    report('interpreter-missing', 'run.0', message, policy.root === undefined ? undefined : help);
    return;
  }
  const reason = untrusted(interpreter, owners);
  if (reason !== undefined) report('interpreter-untrusted', 'run.0', reason);
}

/** Execute permission is enough for the kernel: a program that this caller cannot read is not looked into. */
function formatOf(path: string): ExecutableFormat | { readonly kind: 'unreadable' } {
  try {
    return executableFormat(path);
  } catch (failure) {
    if (errorCode(failure) === 'EACCES') return { kind: 'unreadable' };
    throw failure;
  }
}

function checkDirectories(policy: Policy, report: Report): void {
  const directory = walkPath(policy.directory, policy.root);
  if (directory.kind === 'missing' || !directory.stat.isDirectory()) {
    const reason = directory.kind === 'missing' ? explain(directory.reason) : 'it is no directory';
    report(
      'directory-missing',
      'directory',
      `the directory '${policy.directory}' cannot be entered: ${reason}`,
    );
  }
  for (const [index, path] of policy.writable.entries()) {
    const walk = walkPath(path, policy.root);
    if (walk.kind === 'missing')
      report('writable-missing', `writable.${index}`, `'${path}' cannot be reached: ${explain(walk.reason)}`);
  }
}

function untrusted(walk: Walk, owners: readonly number[]): string | undefined {
  const components = walk.kind === 'found' ? walk.components : [];
  return components.map((component) => distrust(component, owners)).find((reason) => reason !== undefined);
}

/** Every directory can be passed and the file be executed. */
function reachable(walk: Walk & { readonly kind: 'found' }, who: ServiceIdentity): boolean {
  return walk.components.every(({ stat }) => stat.isSymbolicLink() || executable(stat, who));
}

function executable({ mode, uid, gid }: Stats, who: ServiceIdentity): boolean {
  if (who.uid === 0) return (mode & 0o111) !== 0;
  if (uid === who.uid) return (mode & 0o100) !== 0;
  return gid === who.gid || who.groups.includes(gid) ? (mode & 0o010) !== 0 : (mode & 0o001) !== 0;
}

function spanOf(policy: Policy, path: string): Diagnostic['span'] {
  return policy.spans.get(path) ?? policy.spans.get(path.split('.')[0] ?? path);
}
