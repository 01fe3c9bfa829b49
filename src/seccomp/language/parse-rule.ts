import type { Action } from '../action.ts';
import { readAction } from './parse-action.ts';
import { parseCondition } from './parse-condition.ts';
import { attempt, type Result, RuleError } from './problem.ts';
import type { ConditionSyntax, TargetSyntax } from './rule-syntax.ts';
import { TokenReader } from './token-reader.ts';

/** A rule as written. */
export interface ParsedRule {
  readonly target: TargetSyntax;
  readonly condition: ConditionSyntax | undefined;
  /** `undefined`: none was written. The rule then means allow, or takes the action of the group that names it. */
  readonly action: Action | undefined;
}

/** Rules are lines, not programs; a longer one is a mistake. */
const LONGEST_RULE = 4096;

/** Parses `name-or-@group [ '(' condition ')' ] [ '->' action ]`. Names of calls and arguments are not looked up. */
export function parseRule(text: string): Result<ParsedRule> {
  return attempt(() => readRule(text));
}

function readRule(text: string): ParsedRule {
  if (text.length > LONGEST_RULE) {
    throw new RuleError(
      'rule-syntax',
      `a rule of ${text.length} characters; at most ${LONGEST_RULE} are taken`,
      {
        offset: LONGEST_RULE,
        length: text.length - LONGEST_RULE,
      },
    );
  }
  const reader = new TokenReader(text);
  const target = readTarget(reader);
  const opening = reader.take('(');
  let condition: ConditionSyntax | undefined;
  if (opening !== undefined) {
    if (target.kind === 'group') {
      throw new RuleError(
        'group-condition',
        `a group takes no condition`,
        { offset: opening.offset, length: text.length - opening.offset },
        'name the calls that need a condition one by one',
      );
    }
    if (reader.peek().text === ')' && reader.peek().kind === 'symbol') {
      reader.fail('a condition', `without a condition write '${target.name}'`);
    }
    condition = parseCondition(reader);
    if (reader.take(')') === undefined) reader.fail("'&&', '||', ',' or ')'");
  }
  const action = reader.take('->') === undefined ? undefined : readAction(reader);
  if (reader.peek().kind !== 'end')
    reader.fail(action === undefined ? "'->' or the end of the rule" : 'the end of the rule');
  return { target, condition, action };
}

function readTarget(reader: TokenReader): TargetSyntax {
  const token = reader.peek();
  if (token.kind === 'word' || (token.kind === 'group' && token.text.length > 1)) {
    reader.next();
    const { offset, length } = token;
    return { kind: token.kind === 'word' ? 'call' : 'group', name: token.text, offset, length };
  }
  return reader.fail(
    'the name of a system call or of a group',
    token.kind === 'number' ? `a call without a name is written 'syscall_${token.text}'` : undefined,
  );
}
