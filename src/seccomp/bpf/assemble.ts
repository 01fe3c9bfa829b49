import type { Architecture } from '../../kernel/architecture.ts';
import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { nearest } from '../../policy/nearest.ts';
import { AssemblyError, type AssemblyToken } from './assembly-lexer.ts';
import { parseAssemblyLine } from './assembly-line.ts';
import { type Instruction, MAX_INSTRUCTIONS, type Program } from './instruction.ts';
import type { AssemblyLine, Statement } from './statement.ts';

export interface Assembled {
  /** `undefined` when a line is wrong. */
  readonly program: Program | undefined;
  /** The place of each instruction in the listing. */
  readonly spans: readonly Span[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface AssembleOptions {
  /** Only names the text in problems. */
  readonly file: string;
  /** The architecture that gives names of calls and constants their numbers. */
  readonly architecture: Architecture;
}

/** So many problems mean the wrong file, or one mistake on every line. */
const MOST_PROBLEMS = 100;

/** Above this many names no nearest name is suggested. A program has no more instructions. */
const MOST_NAMES = MAX_INSTRUCTIONS;

/** The longest distance of a conditional jump, in instructions. */
const LONGEST_BRANCH = 255;

/**
 * Makes a program from a listing, with labels or numbers as targets: `assemble` of what `disassemble` writes is the same
 * program. Numbers in front of lines are labels; without any, a target is the instruction with that number, from 0. The
 * kernel may still refuse the program.
 */
export function assemble(text: string, { file, architecture }: AssembleOptions): Assembled {
  const diagnostics: Diagnostic[] = [];
  const labels = new Labels();
  const statements: { readonly statement: Statement; readonly span: Span }[] = [];
  const report = (line: number, action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      const { code, message, help, column, length } = error.problem;
      const span = { file, line, column: column + 1, length };
      diagnostics.push({ code, severity: 'error', message, span, help });
    }
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (diagnostics.length === MOST_PROBLEMS) break;
    report(index + 1, () => {
      const parsed: AssemblyLine = parseAssemblyLine(line, architecture);
      for (const label of parsed.labels) labels.define(label, statements.length, index + 1);
      if (parsed.statement !== undefined)
        statements.push({ statement: parsed.statement, span: lineSpan(file, index + 1, line) });
    });
  }
  const spans = statements.map(({ span }) => span);
  if (diagnostics.length > 0) return { program: undefined, spans, diagnostics };
  const instructions: Instruction[] = [];
  for (const [index, { statement, span }] of statements.entries()) {
    if (diagnostics.length === MOST_PROBLEMS) break;
    report(span.line, () => instructions.push(resolve(statement, index, labels, statements.length)));
  }
  if (statements.length === 0) diagnostics.push(nothingThere(file));
  const program = diagnostics.length > 0 ? undefined : { architecture, instructions };
  return { program, spans, diagnostics };
}

function lineSpan(file: string, line: number, text: string): Span {
  const bare = text.replace(/#.*/, '').trimEnd();
  const start = bare.length - bare.trimStart().length;
  return { file, line, column: start + 1, length: Math.max(1, bare.length - start) };
}

function nothingThere(file: string): Diagnostic {
  const span = { file, line: 1, column: 1, length: 1 };
  const help = "the shortest program is 'return allow'";
  return { code: 'asm-empty', severity: 'error', message: 'there is no instruction', span, help };
}

function resolve(statement: Statement, index: number, labels: Labels, length: number): Instruction {
  switch (statement.kind) {
    case 'plain': {
      const { code, jt, jf, k } = statement;
      return { code, jt, jf, k };
    }
    case 'jump':
      return { code: statement.code, jt: 0, jf: 0, k: labels.distance(statement.target, index, length) };
    case 'branch': {
      const reach = (target: AssemblyToken | undefined): number => {
        if (target === undefined) return 0;
        const distance = labels.distance(target, index, length);
        if (distance <= LONGEST_BRANCH) return distance;
        const message = `'${target.text}' is ${distance} instructions behind this one, a test reaches ${LONGEST_BRANCH}`;
        throw new AssemblyError('asm-too-far', message, target, "put a 'goto' in between, and jump to that");
      };
      const { code, k, holds, fails } = statement;
      return { code, jt: reach(holds), jf: reach(fails), k };
    }
  }
}

/** The places that lines name. */
class Labels {
  readonly #places = new Map<string, { readonly index: number; readonly line: number }>();
  #numbered = false;

  define(label: AssemblyToken, index: number, line: number): void {
    const name = nameOf(label);
    const before = this.#places.get(name);
    if (before !== undefined) {
      const message = `'${label.text}' stands in front of line ${before.line} already`;
      throw new AssemblyError('asm-label', message, label, 'give each place a name of its own');
    }
    if (label.kind === 'number') this.#numbered = true;
    this.#places.set(name, { index, line });
  }

  /** Returns the number of instructions between this one and a target. */
  distance(target: AssemblyToken, index: number, length: number): number {
    const place = this.#find(target, length);
    if (place >= length) {
      const help = 'a label at the end needs an instruction behind it';
      throw new AssemblyError('asm-label', `no instruction follows '${target.text}'`, target, help);
    }
    if (place <= index) {
      const message = `'${target.text}' is no later instruction, and jumps only go forwards`;
      throw new AssemblyError(
        'asm-backward',
        message,
        target,
        'filters have no loops: what they do they do once',
      );
    }
    return place - index - 1;
  }

  #find(target: AssemblyToken, length: number): number {
    const name = nameOf(target);
    const place = this.#places.get(name);
    if (place !== undefined) return place.index;
    if (target.kind === 'number' && !this.#numbered) {
      if (Number(name) < length) return Number(name);
      const message = `there is no instruction ${target.text}`;
      throw new AssemblyError('asm-label', message, target, `the program has ${length}, numbered from 0`);
    }
    const close = this.#places.size > MOST_NAMES ? undefined : nearest(target.text, this.#places.keys());
    const help = close === undefined ? `begin a line with '${target.text}:'` : `did you mean '${close}'?`;
    throw new AssemblyError('asm-label', `no line is called '${target.text}'`, target, help);
  }
}

/** `0007` is the same number as `7`. */
function nameOf({ kind, text }: AssemblyToken): string {
  if (kind !== 'number') return text;
  return /^[0-9]+$/.test(text) ? text.replace(/^0+(?=.)/, '') : text;
}
