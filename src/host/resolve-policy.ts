import type { Stats } from 'node:fs';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { Policy } from '../policy/policy.ts';
import { distrust } from './component-trust.ts';
import { ELF_MACHINES, type ExecutableFormat, executableFormat } from './executable.ts';
import { couldReplace } from './own-program.ts';
import { type ResolvedIdentity, resolveIdentity, type ServiceIdentity } from './resolve-identity.ts';
import { errorCode, explain, type Missing, type Walk, walkPath } from './walk-path.ts';

export interface ResolveOptions {
  /** The service runs with the caller's rights, whatever number it sees. */
  readonly unprivileged: boolean;
  readonly callerUid: number;
}

/** Who the service runs as, and what the kernel starts its program with. */
export interface ResolvedPolicy extends ResolvedIdentity {
  /** Of a script, as it is looked up inside the root. */
  readonly interpreter: string | undefined;
}

type Report = (code: string, path: string, message: string, help?: string) => void;

/** Looks up on this host what a policy names: accounts, root, program, directories. */
export function resolvePolicy(policy: Policy, options: ResolveOptions): ResolvedPolicy {
  const { identity, diagnostics: unknown } = resolveIdentity(policy);
  const diagnostics: Diagnostic[] = [...unknown];
  const report: Report = (code, path, message, help) => {
    diagnostics.push({ code, severity: 'error', message, span: spanOf(policy, path), help });
  };
  const owners = options.unprivileged ? [0, options.callerUid] : [0];
  if (!checkRoot(policy, owners, report)) return { identity, interpreter: undefined, diagnostics };
  const who = actor(identity, options);
  const { walks, interpreter } = checkProgram(policy, who, owners, report);
  checkDirectories(policy, report);
  checkWritable(policy, walks, who, report);
  return { identity, interpreter, diagnostics };
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
    const help = `make it, owned by root, with the program and what it needs inside: mkdir -p ${policy.root}`;
    const message = `the root '${policy.root}' cannot be used: ${explain(walk.reason)}`;
    report('root-missing', 'root', message, walk.reason === 'ENOENT' ? help : wayHelp(policy.root));
    return false;
  }
  if (!walk.stat.isDirectory()) {
    report('root-not-directory', 'root', `the root '${policy.root}' is no directory`, 'name a directory');
    return false;
  }
  const open =
    (walk.stat.mode & 0o022) !== 0 ? `${walk.path} is writable by others than its owner` : undefined;
  const reason = untrusted(walk, owners) ?? open;
  if (reason !== undefined) report('root-untrusted', 'root', reason, mend(owners));
  return true;
}

/** What the kernel will open to start the service, as far as it is there. */
interface Started {
  readonly walks: readonly Walk[];
  readonly interpreter?: string | undefined;
}

function checkProgram(
  policy: Policy,
  who: ServiceIdentity | undefined,
  owners: readonly number[],
  report: Report,
): Started {
  const [program] = policy.run;
  const walk = walkPath(program, policy.root);
  const where = policy.root === undefined ? '' : ` inside '${policy.root}'`;
  if (walk.kind === 'missing') {
    const code = walk.reason === 'EACCES' ? 'executable-not-executable' : 'executable-missing';
    const message = `the program '${program}' cannot be reached${where}: ${explain(walk.reason)}`;
    report(code, 'run.0', message, missingHelp(walk, policy.root));
    return { walks: [] };
  }
  if (!walk.stat.isFile() || (who !== undefined && !reachable(walk, who))) {
    const reason = walk.stat.isFile() ? 'is not executable by the service' : 'is no regular file';
    const help = walk.stat.isFile()
      ? `its mode and those of the directories above it must let the user of the service execute it: ${wayHelp(walk.path)}`
      : 'name the program itself';
    report('executable-not-executable', 'run.0', `the program '${program}' ${reason}`, help);
    return { walks: [walk] };
  }
  const reason = untrusted(walk, owners);
  if (reason !== undefined) {
    report('executable-untrusted', 'run.0', reason, mend(owners));
  }
  const interpreter = checkFormat(policy, walk.path, owners, report);
  return interpreter === undefined
    ? { walks: [walk] }
    : { walks: [walk, interpreter.walk], interpreter: interpreter.ofScript };
}

/** The interpreter, which a script and a dynamically linked program have. */
interface Interpreter {
  readonly walk: Walk;
  readonly ofScript: string | undefined;
}

function checkFormat(
  policy: Policy,
  path: string,
  owners: readonly number[],
  report: Report,
): Interpreter | undefined {
  const format = formatOf(path);
  if (format.kind === 'unknown') {
    const help = 'a script begins with #! and the path of its interpreter';
    report(
      'executable-not-executable',
      'run.0',
      `${path} is neither a program for this kernel nor a script`,
      help,
    );
    return undefined;
  }
  if (format.kind === 'elf' && format.machine !== ELF_MACHINES[process.arch]) {
    report(
      'executable-machine',
      'run.0',
      `${path} is a program for another machine (ELF machine ${format.machine})`,
      `install the one for this machine (${process.arch})`,
    );
    return undefined;
  }
  if (format.kind === 'unreadable' || format.interpreter === undefined) return undefined;
  const interpreter = walkPath(format.interpreter, policy.root);
  if (interpreter.kind === 'missing') {
    const name = format.interpreter.replaceAll('\r', '\\r');
    const message = `the interpreter '${name}' of ${path} cannot be reached: ${explain(interpreter.reason)}`;
    const help = format.interpreter.endsWith('\r')
      ? 'the first line ends with a carriage return: save the script with the line ends of Unix'
      : missingHelp(interpreter, policy.root);
    report('interpreter-missing', 'run.0', message, help);
    return undefined;
  }
  const reason = untrusted(interpreter, owners);
  if (reason !== undefined) report('interpreter-untrusted', 'run.0', reason, mend(owners));
  return { walk: interpreter, ofScript: format.kind === 'script' ? format.interpreter : undefined };
}

/** namei(1), util-linux. */
function wayHelp(path: string): string {
  return `see each part of the way with namei -l ${path}`;
}

function missingHelp({ path, reason }: Missing, root: string | undefined): string {
  if (reason !== 'ENOENT') return wayHelp(path);
  return root === undefined
    ? 'install it, or correct the path'
    : 'paths are looked up inside the root: copy it there with the libraries that it needs';
}

/** `owners`: root, and the caller where the service runs as the caller. */
function mend(owners: readonly number[]): string {
  const owner = owners.length === 1 ? 'root' : 'root or you';
  return `what the service is started from belongs to ${owner}, and nobody else can write to it (chown, chmod go-w)`;
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
      'make it, or name another; it is looked up inside the root',
    );
  }
}

/** A service that can write to its own program is no longer the one that the policy was written for. */
function checkWritable(
  policy: Policy,
  started: readonly Walk[],
  who: ServiceIdentity | undefined,
  report: Report,
): void {
  for (const [index, path] of policy.writable.entries()) {
    const walk = walkPath(path, policy.root);
    if (walk.kind === 'missing') {
      const message = `'${path}' cannot be reached: ${explain(walk.reason)}`;
      report('writable-missing', `writable.${index}`, message, 'make it; it is looked up inside the root');
      continue;
    }
    const own = started.find((program) => who !== undefined && couldReplace(program, walk, who.uid));
    if (own === undefined) continue;
    const message = `the service could replace what it is started from: '${path}' holds ${own.path}`;
    report('writable-program', `writable.${index}`, message, 'keep what it writes apart from what it runs');
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
