import type { Action } from '../../action.ts';
import { ForeignCalls } from '../foreign-calls.ts';
import { ForeignError, ForeignTokens } from '../foreign-tokens.ts';
import type { Importer } from '../imported.ts';
import { Problems } from '../problems.ts';
import { sourceText } from '../source-text.ts';
import { KafelParser } from './parser.ts';
import { kafelTokens } from './tokenize.ts';

/** Reads a program of Kafel: the rules at its top level, in order, with the policies that they use. */
export const importKafel: Importer = (source, options) => {
  const problems = new Problems();
  const text = sourceText(source, problems);
  if (text === undefined) return { filter: undefined, diagnostics: problems.diagnostics };
  try {
    const list = kafelTokens(text, options);
    const span = list.at(-1)?.span ?? { file: options.file, line: 1, column: 1, length: 1 };
    const end = { ...span, column: span.column + span.length, length: 1 };
    const tokens = new ForeignTokens(list, { kind: 'end', text: 'the end of the file', span: end });
    const parser = new KafelParser(tokens, options);
    parser.program();
    const fallback: Action = parser.default ?? { kind: 'kill_thread' };
    const calls = new ForeignCalls(options, problems);
    for (const { call, entry } of parser.rules) calls.add(call, entry);
    if (parser.rules.length === 0) {
      problems.loss(
        'nothing-used',
        'no rule stands at the top level, so every call gets the default',
        span,
        "a policy counts where it is used: 'USE name'",
      );
    }
    return calls.imported(fallback);
  } catch (error) {
    if (!(error instanceof ForeignError)) throw error;
    return { filter: undefined, diagnostics: [...problems.diagnostics, error.problem] };
  }
};
