import type { Stats } from 'node:fs';
import type { Architecture } from '../kernel/architecture.ts';
import type { Policy } from '../policy/policy.ts';
import { isNormalPath } from '../policy/schema/paths.ts';
import { distrust } from './component-trust.ts';
import { ELF_MACHINES, type ExecutableFormat, executableFormat } from './executable.ts';
import type { ServiceIdentity } from './resolve-identity.ts';
import { errorCode, explain, type Missing, type Walk, walkPath } from './walk-path.ts';

/** A problem, by its code, the path of the key, the message and the mend. */
export type Report = (code: string, path: string, message: string, help?: string) => void;

/** Who is allowed to own what the service is started from, which machine the plan is for, and which others its program may be for. */
export interface ProgramRules {
  readonly owners: readonly number[];
  readonly target: Architecture;
  readonly machines: readonly Architecture[];
}

/** What the kernel will open to start the service, as far as it is there. */
export interface Started {
  readonly walks: readonly Walk[];
  readonly interpreter?: string | undefined;
}

export function checkProgram(
  policy: Policy,
  who: ServiceIdentity | undefined,
  rules: ProgramRules,
  report: Report,
): Started {
  const [program] = policy.run;
  // A name without a path is an error of the policy; what this folder has of that name says nothing.
  if (!isNormalPath(program)) return { walks: [] };
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
  const reason = untrusted(walk, rules.owners);
  if (reason !== undefined) {
    report('executable-untrusted', 'run.0', reason, mend(rules.owners));
  }
  const interpreter = checkFormat(policy, walk.path, rules, report);
  return interpreter === undefined
    ? { walks: [walk] }
    : { walks: [walk, interpreter.walk], interpreter: interpreter.path };
}

/** The interpreter, which a script and a dynamically linked program have. */
interface Interpreter {
  readonly walk: Walk;
  /** As the machine looks it up that the plan is for; a program of another machine has another one there. */
  readonly path: string | undefined;
}

function checkFormat(
  policy: Policy,
  path: string,
  rules: ProgramRules,
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
  if (format.kind === 'elf' && !rules.machines.some((name) => ELF_MACHINES[name] === format.machine)) {
    report(
      'executable-machine',
      'run.0',
      `${path} is a program for another machine (ELF machine ${format.machine})`,
      `install the one for ${rules.machines.join(' or ')}`,
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
  const reason = untrusted(interpreter, rules.owners);
  if (reason !== undefined) report('interpreter-untrusted', 'run.0', reason, mend(rules.owners));
  const isForeign = format.kind === 'elf' && format.machine !== ELF_MACHINES[rules.target];
  return { walk: interpreter, path: isForeign ? undefined : format.interpreter };
}

/** namei(1), util-linux. */
export function wayHelp(path: string): string {
  return `see each part of the way with namei -l ${path}`;
}

function missingHelp({ path, reason }: Missing, root: string | undefined): string {
  if (reason !== 'ENOENT') return wayHelp(path);
  return root === undefined
    ? 'install it, or correct the path'
    : 'paths are looked up inside the root: copy it there with the libraries that it needs';
}

/** `owners`: root, and the caller where the service runs as the caller. */
export function mend(owners: readonly number[]): string {
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

export function untrusted(walk: Walk, owners: readonly number[]): string | undefined {
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
