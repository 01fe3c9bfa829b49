import type { Policy } from '../policy/policy.ts';
import { absolute } from './elf/search-path.ts';
import { type LastProgram, nameOf } from './known-name.ts';
import type { Report } from './report.ts';
import { textOfScript } from './shell-script.ts';
import { SHELLS, type ShellScript, scriptOf } from './starts/shell-arguments.ts';
import { programsOfScript } from './starts/shell-programs.ts';
import { type Unwrapped, unwrapAll } from './starts/unwrap.ts';
import { yamlList } from './starts/yaml-words.ts';
import { walkPath } from './walk-path.ts';

interface Question {
  readonly policy: Policy;
  readonly environment: ReadonlyMap<string, string>;
}

/** Directories whose programs are those of the system: a name there means the program that has it everywhere. */
const SYSTEM = /^\/(usr\/)?s?bin\/[^/]+$/;
/** Programs that a message names; the rest are counted. */
const MOST_NAMES = 3;
const ALLOW = 'exec: allow with "@fork" among the rules';

/**
 * Reports a service whose program starts another one: a wrapper such as env(1), or a shell with a script that names
 * programs. With `exec: once` it is an error where the second start is certain.
 */
export function checkStarts(program: LastProgram, question: Question, report: Report): void {
  const { name, words, isOne } = nameOf(program);
  const find = finder(question);
  const unwrapped = unwrapAll(name, words, find);
  if (unwrapped !== undefined) checkWrapper(program, name, unwrapped, isOne, question.policy, report);
  else if (SHELLS.has(name) && question.policy.exec === 'once') {
    const script = scriptOf(words);
    if (script !== undefined) checkScript(script, find, question.policy, report);
  }
}

/** Returns the path of a program as a wrapper or a shell finds it; `undefined` when it does not. */
function finder({ policy, environment }: Question): (name: string) => string | undefined {
  const isThere = (path: string): boolean => {
    const walk = walkPath(path, policy.root);
    return walk.kind === 'found' && walk.stat.isFile() && (walk.stat.mode & 0o111) !== 0;
  };
  const places = (environment.get('PATH') ?? '').split(':').map((place) => absolute(place, policy.directory));
  return (name) => {
    const paths = name.includes('/')
      ? [absolute(name, policy.directory)]
      : places.map((place) => `${place === '/' ? '' : place}/${name}`);
    return paths.find(isThere);
  };
}

function checkWrapper(
  program: LastProgram,
  name: string,
  unwrapped: Unwrapped,
  isOne: boolean,
  policy: Policy,
  report: Report,
): void {
  const { path, script } = program;
  const [command = ''] = unwrapped.started;
  const who = script === undefined ? path : `${path}, which the first line of ${script} names,`;
  const line = [`write ${[`run: ${yamlList(unwrapped.command)}`, ...unwrapped.keys].join(' and ')}`];
  if (unwrapped.note !== undefined) line.push(unwrapped.note);
  if (name === 'env' && program.joined === command && command.includes(' ')) {
    const message = `the kernel gives ${path} the rest of the first line of ${script} as one word, and no program is named '${command}'`;
    report('exec-joined', 'run.0', message, line.join('; '));
    return;
  }
  const isRoot = policy.user === 'root' || policy.user === 0;
  const isPowerless = unwrapped.privileged && !isRoot;
  if (policy.exec === 'allow' && !isPowerless) return;
  const reason =
    policy.exec === 'allow'
      ? 'a session has nothing of the rights of a set-user-ID program'
      : 'with exec: once a session starts no second program';
  if (!isPowerless) line.push(unwrapped.forks ? `or ${ALLOW}` : 'or exec: allow');
  const isCertain = isOne && SYSTEM.test(path);
  report('exec-wrapper', 'run.0', `${who} starts '${command}', but ${reason}`, line.join('; '), {
    severity: isCertain ? 'error' : 'warning',
    ...(isCertain ? {} : { about: ['exec'] }),
  });
}

function checkScript(
  script: ShellScript,
  find: (name: string) => string | undefined,
  policy: Policy,
  report: Report,
): void {
  const text = textOfScript(script, policy);
  // A name that no directory of PATH has is a function of another file, or a mistake; neither starts a program.
  const started = programsOfScript(text).filter(({ name, isName }) => !isName || find(name) !== undefined);
  const [first] = started;
  if (first === undefined) return;
  const names = [...new Map(started.map(({ name, line }) => [name, line]))].map(([name, line]) =>
    script.kind === 'text' ? `'${name}'` : `'${name}' (line ${line})`,
  );
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const subject = script.kind === 'text' ? 'the text for the shell' : `the shell script ${script.path}`;
  const message = `${subject} starts ${names.slice(0, MOST_NAMES).join(', ')}${more}, but with exec: once a session starts no second program`;
  const [program = '', ...rest] = first.words ?? [];
  const instead =
    first.words === undefined
      ? 'use built-ins of the shell'
      : `write run: ${yamlList([find(program) ?? program, ...rest])}`;
  report('exec-shell', 'run.0', message, `${instead}; or ${ALLOW}`, {
    severity: first.isCertain ? 'error' : 'warning',
    ...(first.isCertain ? {} : { about: ['exec'] }),
  });
}
