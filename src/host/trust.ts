import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { MAX_POLICY_BYTES } from '../policy/document.ts';
import { distrust, distrustWay } from './component-trust.ts';
import { steersLaunch } from './launch-variables.ts';
import { distrustLibraries } from './own-libraries.ts';
import { errorCode, explain, walkPath } from './walk-path.ts';

const ROOT = 0;

export interface TrustQuestion {
  /** Every file that the program consists of. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Checks that root may compile with this program: only root can have written it or can steer it. */
export function checkTrust({ program, environment }: TrustQuestion): readonly Diagnostic[] {
  const reasons = new Set([
    ...program.map(distrustPath).filter((reason) => reason !== undefined),
    ...distrustLibraries(program),
  ]);
  const files = [...reasons].map((reason) =>
    problem(
      'untrusted-program',
      `root does not run a program that others can change: ${reason}`,
      OWNED_BY_ROOT,
    ),
  );
  return [...checkVariables(environment), ...files];
}

/** Reports the variables that change what root does with this program. */
export function checkVariables(environment: TrustQuestion['environment']): readonly Diagnostic[] {
  return Object.keys(environment)
    .filter((name) => environment[name] !== undefined && steersLaunch(name))
    .map((name) =>
      problem(
        'untrusted-environment',
        `the variable ${name} can make root run other code, or read and write other files`,
        `start with env -u ${name}`,
      ),
    );
}

const OWNED_BY_ROOT = "make it root's and writable by root alone (chown root, chmod go-w)";

/**
 * Returns the reason why a user other than root could change the end of this path, or a link or directory on the way.
 */
function distrustPath(path: string): string | undefined {
  const way = walkPath(resolve(path));
  if (way.kind === 'missing') return `${way.path}: ${explain(way.reason)}`;
  return distrustWay(way, [ROOT]);
}

/** `a/../b` through a link, or a file replaced just now: the path that was checked is not the file that was opened. */
function moved(file: string, opened: Stats): string | undefined {
  const way = walkPath(resolve(file));
  const same = way.kind === 'found' && way.stat.ino === opened.ino && way.stat.dev === opened.dev;
  return same ? undefined : `${file} leads elsewhere than to the file that was opened`;
}

export interface PolicyText {
  /** Undefined when the file cannot be read or is not to be trusted. */
  readonly text: string | undefined;
  readonly file: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a policy once. `asRoot`: refuses a file that others could have written; the check is on the opened file. */
export function readPolicyFile(file: string, { asRoot }: { readonly asRoot: boolean }): PolicyText {
  const refused = (diagnostic: Diagnostic): PolicyText => ({
    text: undefined,
    file,
    diagnostics: [diagnostic],
  });
  let descriptor: number;
  try {
    // Without O_NONBLOCK the open of a named pipe waits for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return refused(unreadable(file, error));
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile())
      return refused(problem('file-unreadable', `'${file}' is not a regular file`, 'name the policy itself'));
    if (asRoot) {
      const reason =
        distrust({ path: file, stat: stats }, [ROOT]) ?? distrustPath(file) ?? moved(file, stats);
      if (reason !== undefined) {
        const message = `root does not run a policy that others can change: ${reason}`;
        return refused(problem('untrusted-policy', message, OWNED_BY_ROOT));
      }
    }
    return readText(file, descriptor);
  } catch (error) {
    return refused(unreadable(file, error));
  } finally {
    closeSync(descriptor);
  }
}

function readText(file: string, descriptor: number): PolicyText {
  const bytes = Buffer.alloc(MAX_POLICY_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(descriptor, bytes, length, bytes.length - length, null);
  }
  if (length > MAX_POLICY_BYTES) {
    const message = `'${file}' is larger than ${MAX_POLICY_BYTES / 1024} KiB`;
    const help = 'a policy is some tens of lines: is this the right file?';
    return { text: undefined, file, diagnostics: [problem('policy-too-large', message, help)] };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
    return { text, file, diagnostics: [] };
  } catch {
    return {
      text: undefined,
      file,
      diagnostics: [problem('policy-encoding', `'${file}' is not UTF-8 text`, 'save it as UTF-8')],
    };
  }
}

function unreadable(file: string, error: unknown): Diagnostic {
  const code = errorCode(error);
  const help = code === 'ENOENT' ? 'name a policy file that exists' : undefined;
  return problem('file-unreadable', `cannot read '${file}': ${explain(code)}`, help);
}

function problem(code: string, message: string, help: string | undefined): Diagnostic {
  return { code, severity: 'error', message, span: undefined, help };
}
