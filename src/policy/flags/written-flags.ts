import { COMMAND_SEPARATOR } from '../command-line.ts';
import { POLICY_FLAGS } from '../generated/policy-flags.ts';
import type { PolicyFlag } from './policy-flag.ts';

/** A piece of one word: `32` of `nofile=32`. */
export interface Piece {
  readonly word: number;
  readonly start: number;
  readonly end: number;
}

/** A flag of a policy as it stands on the command line. */
export interface WrittenFlag {
  readonly flag: PolicyFlag;
  readonly name: Piece;
  readonly text: string;
  /** A switch without a value has the place of its name. */
  readonly value: Piece;
}

/**
 * Finds the flags of a policy among the words of a command line whose usage is right: an option begins with two dashes,
 * its value is behind `=` or the next word. `from`: the first word behind the command.
 */
export function writtenFlags(words: readonly string[], from: number): readonly WrittenFlag[] {
  const end = words.indexOf(COMMAND_SEPARATOR, from);
  const options = end === -1 ? words : words.slice(0, end);
  return options.flatMap((word, index): readonly WrittenFlag[] => {
    const [, negated, name = '', assigned] = /^--(no-)?([^=]+)(=.*)?$/s.exec(word) ?? [];
    const flag = index < from ? undefined : flagNamed(name, negated !== undefined);
    if (flag === undefined) return [];
    const written = { flag, name: { word: index, start: 0, end: word.length - (assigned?.length ?? 0) } };
    if (assigned !== undefined) {
      const start = written.name.end + 1;
      return [{ ...written, text: assigned.slice(1), value: { word: index, start, end: word.length } }];
    }
    const next = options[index + 1] ?? '';
    if (flag.kind === 'switch' && next !== 'true' && next !== 'false') {
      return [{ ...written, text: negated === undefined ? 'true' : 'false', value: written.name }];
    }
    return [{ ...written, text: next, value: { word: index + 1, start: 0, end: next.length } }];
  });
}

/** Only a switch can be taken back by `--no-NAME`. */
function flagNamed(name: string, negated: boolean): PolicyFlag | undefined {
  return POLICY_FLAGS.find((flag) => flag.name === name && (!negated || flag.kind === 'switch'));
}
