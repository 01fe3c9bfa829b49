import type { ProgramQuestion } from './check-program.ts';
import { distrustWay } from './component-trust.ts';
import { ELF_MACHINES } from './elf/machines.ts';
import { type ExecutableFormat, executableFormat } from './executable.ts';
import { mayExecute } from './permission.ts';
import type { Report } from './report.ts';
import { errorCode, explain, type Found, type Missing, walkPath } from './walk-path.ts';

/** One file that the kernel opens to start a service. */
export interface StartFile {
  readonly role: 'program' | 'interpreter';
  /** As it is named: in the policy, behind `#!`, or in the program. */
  readonly name: string;
  /** From the root of the service on. */
  readonly path: string;
  /** The file that names the interpreter. */
  readonly of: string;
}

/** The file and its format. `unreadable`: for the caller; the kernel may still execute it. */
export interface LookedAt {
  readonly walk: Found;
  readonly format: Exclude<ExecutableFormat, { readonly kind: 'unknown' }> | { readonly kind: 'unreadable' };
}

/** Reports why the kernel would not execute the file for the service, or others could change it; `undefined` when it would not. */
export function lookAtFile(
  file: StartFile,
  { policy, who, rules }: ProgramQuestion,
  report: Report,
): LookedAt | undefined {
  const refuse = (code: string, message: string, help: string): undefined => {
    report(code, 'run.0', message, help);
    return undefined;
  };
  const codes = file.role === 'program' ? 'executable' : 'interpreter';
  const walk = walkPath(file.path, policy.root);
  if (walk.kind === 'missing') return refuse(...unreached(file, walk, policy.root));
  if (!walk.stat.isFile())
    return refuse(
      `${codes}-not-executable`,
      `${subject(file)} is no regular file`,
      'name the program itself',
    );
  if (who !== undefined && !mayExecute(walk, who)) {
    const message = `${subject(file)} is not executable by the service`;
    const help = `its mode and those of the directories above it must let the user of the service execute it: ${wayHelp(walk.path)}`;
    return refuse(`${codes}-not-executable`, message, help);
  }
  const reason = distrustWay(walk, rules.owners);
  if (reason !== undefined) report(`${codes}-untrusted`, 'run.0', reason, ownerHelp(rules.owners));
  const format = formatOf(walk.path);
  if (format.kind === 'unknown') {
    const message = `${walk.path} is neither a program for this kernel nor a script`;
    return refuse(
      `${codes}-not-executable`,
      message,
      'a script begins with #! and the path of its interpreter',
    );
  }
  if (format.kind === 'elf') {
    const { machine } = format.headers;
    if (!rules.machines.some((name) => ELF_MACHINES[name] === machine)) {
      const message = `${walk.path} is a program for another machine (ELF machine ${machine})`;
      return refuse(`${codes}-machine`, message, `install the one for ${rules.machines.join(' or ')}`);
    }
  }
  return { walk, format };
}

function subject({ role, name, of }: StartFile): string {
  const quoted = `'${name.replaceAll('\r', '\\r')}'`;
  return role === 'program' ? `the program ${quoted}` : `the interpreter ${quoted} of ${of}`;
}

function unreached(
  file: StartFile,
  walk: Missing,
  root: string | undefined,
): readonly [string, string, string] {
  if (file.role === 'program') {
    const where = root === undefined ? '' : ` inside '${root}'`;
    const code = walk.reason === 'EACCES' ? 'executable-not-executable' : 'executable-missing';
    const message = `${subject(file)} cannot be reached${where}: ${explain(walk.reason)}`;
    return [code, message, missingHelp(walk, root)];
  }
  const message = `${subject(file)} cannot be reached: ${explain(walk.reason)}`;
  const help = file.name.endsWith('\r')
    ? 'the first line ends with a carriage return: save the script with the line ends of Unix'
    : missingHelp(walk, root);
  return ['interpreter-missing', message, help];
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
export function ownerHelp(owners: readonly number[]): string {
  const owner = owners.length === 1 ? 'root' : 'root or you';
  return `it must belong to ${owner}, and only its owner may write to it (chown, chmod go-w)`;
}

/** Execute permission is enough for the kernel; this caller need not be able to read what it executes. */
function formatOf(path: string): ExecutableFormat | { readonly kind: 'unreadable' } {
  try {
    return executableFormat(path);
  } catch (failure) {
    if (errorCode(failure) === 'EACCES') return { kind: 'unreadable' };
    throw failure;
  }
}
