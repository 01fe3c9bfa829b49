import { positionsOf } from '../../../policy/positions.ts';
import type { Action } from '../../action.ts';
import { type Case, sourceComment } from '../first-match.ts';
import { ForeignCalls } from '../foreign-calls.ts';
import { ForeignError, type ForeignToken, ForeignTokens } from '../foreign-tokens.ts';
import type { Imported, Importer, ImportOptions } from '../imported.ts';
import { Inclusion } from '../inclusion.ts';
import { Problems } from '../problems.ts';
import { sourceText } from '../source-text.ts';
import { StatementParser } from './parse-statement.ts';
import type { MinijailStatement } from './statement.ts';
import { minijailStatements } from './tokenize.ts';

/** As compile_seccomp_policy has it. */
const MOST_INCLUDES = 10;

/** Reads a policy of Minijail: the language of `minijail0 -S`, and the additions of compile_seccomp_policy. */
export const importMinijail: Importer = (source, options) => {
  const problems = new Problems();
  const text = sourceText(source, problems);
  return text === undefined
    ? { filter: undefined, diagnostics: problems.diagnostics }
    : new MinijailReader(options, problems).read(text);
};

class MinijailReader {
  readonly #options: ImportOptions;
  readonly #problems: Problems;
  readonly #inclusion: Inclusion;
  readonly #statements: MinijailStatement[] = [];
  #default: Action = { kind: 'kill_process' };
  #denies = false;
  #compilerOnly = false;

  constructor(options: ImportOptions, problems: Problems) {
    this.#options = options;
    this.#problems = problems;
    this.#inclusion = new Inclusion(options, MOST_INCLUDES);
  }

  read(text: string): Imported {
    this.#file(text, this.#options.file, 0);
    const fallback: Action = this.#denies ? { kind: 'allow' } : this.#default;
    const calls = new ForeignCalls(this.#options, this.#problems);
    const reading = this.#reading();
    for (const statement of this.#statements) {
      for (const call of statement.calls) {
        const before = calls.cases(call);
        if (before.some(({ condition }) => condition.kind === 'true')) {
          const message = `an earlier line decides about every '${call.name}'`;
          this.#problems.error(
            'call-twice',
            message,
            call.span,
            'Minijail refuses this too: keep one of the lines',
          );
          continue;
        }
        for (const entry of casesOf(statement, reading, this.#options.file)) calls.add(call, entry);
      }
    }
    return calls.imported(fallback);
  }

  /** minijail0 answers `expression; return E` with E where the expression does not hold, compile_seccomp_policy where it does. */
  #reading(): 'minijail0' | 'compiler' {
    const twofold = this.#statements.find((statement) => statement.twofold);
    if (twofold === undefined || this.#compilerOnly) return 'compiler';
    this.#problems.loss(
      'minijail-reading',
      "'; return' is read as minijail0 reads it: calls that meet the test are allowed, others get the errno",
      twofold.span,
      "compile_seccomp_policy gives the errno to calls that meet the test; for it write '{ test; return E }'",
    );
    return 'minijail0';
  }

  #file(text: string, file: string, depth: number): void {
    const positions = positionsOf(file, text);
    const { statements, errors } = minijailStatements(text, positions);
    for (const { problem } of errors) this.#problems.diagnostics.push(problem);
    const lines = text.split('\n');
    for (const tokens of statements) {
      try {
        this.#statement(tokens, sourceOf(tokens, lines), depth);
      } catch (error) {
        if (!(error instanceof ForeignError)) throw error;
        this.#problems.diagnostics.push(error.problem);
      }
    }
  }

  #statement(list: readonly ForeignToken[], source: string, depth: number): void {
    const [first] = list;
    const end = list.at(-1);
    if (first === undefined || end === undefined) return;
    const tokens = new ForeignTokens(list.slice(0, -1), { ...end, text: 'the end of the line' });
    const parser = new StatementParser(tokens, this.#options.architecture);
    if (!first.text.startsWith('@')) {
      this.#statements.push(parser.statement(source));
    } else {
      tokens.next();
      this.#directive(first, tokens, parser, depth);
    }
    if (!tokens.atEnd) tokens.fail('the end of the line');
    this.#compilerOnly ||= parser.compilerOnly;
  }

  #directive(
    { text, span }: ForeignToken,
    tokens: ForeignTokens,
    parser: StatementParser,
    depth: number,
  ): void {
    switch (text) {
      case '@include':
        this.#include(readPath(tokens), depth);
        break;
      case '@frequency':
        readPath(tokens);
        this.#problems.loss(
          'frequency-not-carried',
          'how often calls happen is not carried over; it decides nothing',
          span,
        );
        break;
      case '@default':
        this.#default = parser.defaultAction();
        this.#compilerOnly = true;
        break;
      case '@denylist':
        this.#denies = true;
        this.#compilerOnly = true;
        break;
      default:
        throw new ForeignError(
          'foreign-syntax',
          `no statement is called '${text}'`,
          span,
          'there are @include, @frequency, @default and @denylist',
        );
    }
  }

  #include({ text: path, span }: ForeignToken, depth: number): void {
    const included = this.#inclusion.open(path, span, depth);
    this.#file(included.text, included.file, depth + 1);
  }
}

function readPath(tokens: ForeignTokens): ForeignToken {
  const expected = "a path that starts with '/' or './'";
  return /^\.?\/./.test(tokens.peek().text) ? tokens.next() : tokens.fail(expected);
}

function sourceOf(tokens: readonly ForeignToken[], lines: readonly string[]): string {
  const from = tokens[0]?.span.line ?? 1;
  return lines.slice(from - 1, tokens.at(-1)?.span.line ?? from).join(' ');
}

function casesOf(
  { filters, twofold, text, span }: MinijailStatement,
  reading: 'minijail0' | 'compiler',
  file: string,
): readonly Case[] {
  const comment = sourceComment(span, text, file);
  const always = { kind: 'true' } as const;
  return filters.flatMap(({ expression, action, span: place }): readonly Case[] => {
    const entry = (condition: Case['condition'], answer: Action): Case => ({
      condition,
      action: answer,
      comment: filters.some((filter) => filter.expression !== undefined) ? comment : undefined,
      span: place,
    });
    if (expression === undefined) return [entry(always, action ?? { kind: 'allow' })];
    if (action === undefined || !twofold || reading === 'compiler')
      return [entry(expression, action ?? { kind: 'allow' })];
    return [entry(expression, { kind: 'allow' }), entry(always, action)];
  });
}
