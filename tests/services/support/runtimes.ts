import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { page } from '../../docs/support/page.ts';
import { findNeeded } from '../../support/needed-programs.ts';
import { NODE } from '../../support/portcullis.ts';

const SOURCES = new URL('../runtimes/', import.meta.url).pathname;

/** One row of the page, and the service of the test that is served by it. */
export interface Runtime {
  readonly title: string;
  /** Its answers begin with this. */
  readonly name: string;
  readonly run: readonly string[];
  readonly rules: readonly string[];
  readonly rlimits: readonly string[];
}

/** The words of the page's rows that stand for files, and the word by which a service answers, by runtime. */
const SERVICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Go: { name: 'go', PROGRAM: 'answer-go' },
  Rust: { name: 'rust', PROGRAM: 'answer-rust' },
  'C with musl, static': { name: 'musl', PROGRAM: 'answer-musl' },
  OCaml: { name: 'ocaml', FILE: 'answer.ml' },
  Perl: { name: 'perl', FILE: 'answer.pl' },
  PHP: { name: 'php', FILE: 'answer.php' },
  Python: { name: 'python', FILE: 'answer.py' },
  Ruby: { name: 'ruby', FILE: 'answer.rb' },
  // The Node of the tests may be where only root enters.
  Node: { name: 'node', FILE: 'answer.js', '/usr/bin/node': 'node' },
  'Java 17': { name: 'java', DIRECTORY: '.', CLASS: 'Answer' },
};

const PAGE = page('docs/runtimes.md');

/** The rules that the page has for every runtime. */
export function baseRules(): readonly string[] {
  const [, block = ''] = /^```yaml\nseccomp:\n {2}rules:\n(.*?)^```$/ms.exec(PAGE) ?? [];
  return [...block.matchAll(/^ {4}- "?(.*?)"?$/gm)].map(([, rule = '']) => rule);
}

/** The rows of the page, with the files of a folder in the place of the words for them. */
export function runtimesIn(folder: string): readonly Runtime[] {
  const rows = PAGE.matchAll(/^\| ([^|]*) \| `([^|`]*)` \| ([^|]*) \| ([^|]*) \|$/gm);
  return [...rows].map(([, title = '', run = '', rules = '', rlimits = '']) => {
    const { name = '', ...files } = SERVICES[title] ?? {};
    const path = (word: string): string => {
      const file = files[word];
      return file === undefined ? word : word === 'CLASS' ? file : join(folder, file);
    };
    return { title, name, run: run.split(' ').map(path), rules: quoted(rules), rlimits: quoted(rlimits) };
  });
}

function quoted(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text);
}

/** Compiles what is compiled, and puts the rest beside it. */
export function buildRuntimes(folder: string): void {
  const compile = (compiler: string, ...args: readonly string[]): unknown =>
    execFileSync(findNeeded(compiler) ?? compiler, args, {
      cwd: SOURCES,
      env: { PATH: '/usr/bin:/bin', HOME: folder, GOCACHE: join(folder, 'cache') },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  cpSync(SOURCES, folder, { recursive: true });
  copyFileSync(NODE, join(folder, 'node'));
  compile('go', 'build', '-o', join(folder, 'answer-go'), 'answer.go');
  compile('rustc', '-O', '-o', join(folder, 'answer-rust'), 'answer.rs');
  compile('musl-gcc', '-static', '-O1', '-o', join(folder, 'answer-musl'), 'answer.c');
  compile('ecj', '-17', '-proc:none', '-d', folder, 'Answer.java');
}
