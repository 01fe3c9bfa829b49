import { reportAskedMemory } from './check-code-memory.ts';
import type { ProgramQuestion } from './check-program.ts';
import { distrustWay } from './component-trust.ts';
import { type Closure, closureOf, type Look } from './elf/closure.ts';
import { askedByLoader } from './elf/code-memory.ts';
import type { ElfFile } from './elf/loader-files.ts';
import { hostFiles } from './host-files.ts';
import { ownerHelp } from './look-at-file.ts';
import type { Report } from './report.ts';
import { type Walk, walkPath } from './walk-path.ts';

export interface LibraryQuestion extends ProgramQuestion {
  readonly program: ElfFile;
  /** The loader of the program. */
  readonly interpreter: string;
}

/** Looks at the libraries of the program, and at everything that decides which ones its loader takes. */
export function checkLibraries(question: LibraryQuestion, report: Report): readonly Walk[] {
  const { program, interpreter, policy, who, rules, environment } = question;
  const root = policy.root ?? '';
  const seesProc = policy.root === undefined || walkPath('/proc/self', policy.root).kind === 'found';
  const asked = { program, interpreter, environment, seesProc, directory: policy.directory };
  const closure = closureOf(asked, hostFiles(policy.root, who));
  for (const { path, reason, look } of distrustedLooks(closure, policy.root, rules.owners)) {
    const message = `${reason}; ${wordsOf(look, path, root)}`;
    report('library-untrusted', 'run.0', message, ownerHelp(rules.owners));
  }
  for (const { name, neededBy } of closure.missing) {
    const message = `the loader does not find the library '${name}', which ${root}${neededBy} needs`;
    report('library-missing', 'run.0', message, missingHelp(policy.root), { severity: 'warning' });
  }
  for (const { file } of closure.libraries)
    for (const kind of askedByLoader(file.headers, file.dynamic, closure.loader))
      reportAskedMemory(`${root}${file.path}`, kind, report);
  return closure.looks.map(({ path }) => walkPath(path, policy.root));
}

/** Something that decides over libraries and that others can change. */
export interface DistrustedLook {
  readonly look: Look;
  /** On the host. */
  readonly path: string;
  readonly reason: string;
}

/** Everything at which a loader looks and that others than `owners` can change, each reason once. */
export function distrustedLooks(
  { looks }: Closure,
  root: string | undefined,
  owners: readonly number[],
): readonly DistrustedLook[] {
  const found = new Map<string, DistrustedLook>();
  for (const look of looks) {
    const walk = walkPath(look.path, root);
    const reason = distrustWay(walk, owners, look.kind === 'directory');
    if (reason !== undefined && !found.has(reason)) found.set(reason, { look, path: walk.path, reason });
  }
  return [...found.values()];
}

/** Returns the reason why a loader looks there. */
export function wordsOf({ library, kind }: Look, path: string, root = ''): string {
  if (library === undefined)
    return kind === 'file'
      ? `the loader reads ${path} to find libraries`
      : `the loader's cache is made from the files in ${path}`;
  return `the loader looks at ${path} for '${library.name}', which ${root}${library.neededBy} needs`;
}

function missingHelp(root: string | undefined): string {
  return root === undefined
    ? 'install it; the log of the first session has the message of the loader'
    : 'copy it into the root, and make its cache with ldconfig -r; $ORIGIN is known where /proc is in the root';
}
