import type { Architecture } from '../kernel/architecture.ts';
import type { Policy } from '../policy/policy.ts';
import { isNormalPath } from '../policy/schema/paths.ts';
import { checkGivenMemory, reportUnread } from './check-code-memory.ts';
import { checkHandoff } from './check-handoff.ts';
import { checkImports } from './check-imports.ts';
import { checkLibraries } from './check-libraries.ts';
import { checkRoot } from './check-root.ts';
import { checkRuntime } from './check-runtime.ts';
import { checkStarts } from './check-starts.ts';
import { checkThreads } from './check-threads.ts';
import { readImports } from './elf/imports.ts';
import { ELF_MACHINES } from './elf/machines.ts';
import { readFrom } from './elf/read-at.ts';
import { absolute } from './elf/search-path.ts';
import { lookAtFile, type StartFile } from './look-at-file.ts';
import type { Report } from './report.ts';
import type { ServiceIdentity } from './resolve-identity.ts';
import type { Walk } from './walk-path.ts';

/**
 * The owners that the files of a service may have, the machine of the plan, and the machines that its program may be
 * for.
 */
export interface ProgramRules {
  readonly owners: readonly number[];
  readonly target: Architecture;
  readonly machines: readonly Architecture[];
}

export interface ProgramQuestion {
  readonly policy: Policy;
  /** Undefined when an account is unknown. */
  readonly who: ServiceIdentity | undefined;
  readonly rules: ProgramRules;
  /** Of the service, as far as it is known before a connection. */
  readonly environment: ReadonlyMap<string, string>;
}

/** The files that the kernel and the loader open to start the service, as far as they are there. */
export interface Started {
  readonly walks: readonly Walk[];
  /** As the machine looks them up that the plan is for; a program of another machine has another loader there. */
  readonly interpreters: readonly string[];
}

/** Scripts whose interpreters are scripts: the kernel goes no further. Source: `exec_binprm`, fs/exec.c. */
const MOST_SCRIPTS = 5;

/** Looks at the program, at the interpreter of a script, at that one's interpreter and so on, at the loader and the libraries. */
export function checkProgram(question: ProgramQuestion, report: Report): Started {
  const { policy } = question;
  const [program] = policy.run;
  // A name without a path is an error of the policy, also where this folder has a file of that name.
  if (!isNormalPath(program)) return { walks: [], interpreters: [] };
  const walks: Walk[] = [];
  const interpreters: string[] = [];
  let file: StartFile = { role: 'program', name: program, path: program, of: '' };
  let words: readonly string[] = policy.run;
  let script: string | undefined;
  let joined: string | undefined;
  for (let scripts = 0; ; scripts += 1) {
    const found = lookAtFile(file, question, report);
    if (found === undefined) return { walks, interpreters };
    const { walk, format } = found;
    walks.push(walk);
    if (format.kind === 'unreadable') {
      reportUnread(walk.path, report);
      return { walks, interpreters };
    }
    if (format.kind === 'elf') {
      checkGivenMemory(walk.path, format.headers, 'program', report);
      checkRuntime(walk.path, policy, report);
      const inside = walk.path.slice((policy.root ?? '').length);
      const imports = readFrom(walk.path, readImports) ?? new Set<string>();
      const { environment } = question;
      const needed = format.dynamic?.needed ?? [];
      checkImports(walk.path, imports, policy, report);
      checkRoot({ path: walk.path, imports, target: question.rules.target }, policy, report);
      checkThreads({ path: walk.path, words, needed, imports, environment }, policy, report);
      const last = { path: file.path, file: inside, words, script, joined };
      checkStarts(last, question, report);
      checkHandoff(last, policy, report);
      const rest = checkLoader({ path: inside, ...format }, question, report);
      return { walks: [...walks, ...rest.walks], interpreters: [...interpreters, ...rest.interpreters] };
    }
    if (scripts === MOST_SCRIPTS) {
      const message = `the kernel follows ${MOST_SCRIPTS} scripts that are interpreters of scripts, and ${walk.path} is one more`;
      report('interpreter-not-executable', 'run.0', message, 'name a program behind #! instead of a script');
      return { walks, interpreters };
    }
    // Source: `load_script`, fs/binfmt_script.c.
    const argument = format.argument === undefined ? [] : [format.argument];
    words = [format.interpreter, ...argument, file.path, ...words.slice(1)];
    joined = format.argument;
    script = walk.path;
    file = interpreterOf(format.interpreter, walk.path, policy);
    interpreters.push(file.path);
  }
}

function interpreterOf(name: string, of: string, policy: Policy): StartFile {
  return { role: 'interpreter', name, path: absolute(name, policy.directory), of };
}

type Program = Parameters<typeof checkLibraries>[0]['program'];

/** The loader of a dynamically linked program, then its libraries. The libraries of another machine are not here. */
function checkLoader(program: Program, question: ProgramQuestion, report: Report): Started {
  const { interpreter, machine } = program.headers;
  const { policy, rules } = question;
  if (interpreter === undefined) return { walks: [], interpreters: [] };
  const of = `${policy.root ?? ''}${program.path}`;
  const file = interpreterOf(interpreter, of, policy);
  const found = lookAtFile(file, question, report);
  if (found === undefined) return { walks: [], interpreters: [] };
  const { walk, format } = found;
  if (format.kind === 'unreadable') reportUnread(walk.path, report);
  else if (format.kind === 'elf') checkGivenMemory(walk.path, format.headers, 'loader', report);
  else {
    const message = `the interpreter '${interpreter}' of ${of} is a script, but the kernel needs a loader`;
    report('interpreter-not-executable', 'run.0', message, 'install the loader of the C library');
  }
  if (machine !== ELF_MACHINES[rules.target]) return { walks: [walk], interpreters: [] };
  const libraries = checkLibraries({ program, interpreter: file.path, ...question }, report);
  return { walks: [walk, ...libraries], interpreters: [file.path] };
}
