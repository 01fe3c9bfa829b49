import type { Comparison } from '../condition.ts';
import { parseValue } from './parse-value.ts';
import type { ConditionSyntax, MemberSyntax, OperandSyntax } from './rule-syntax.ts';
import type { TokenReader } from './token-reader.ts';

const COMPARISONS: readonly Comparison[] = ['==', '!=', '<=', '>=', '<', '>'];

/** condition = disjunction { ',' disjunction }: a comma is an "and" that binds last, so that a rule reads like a call. */
export function parseCondition(reader: TokenReader): ConditionSyntax {
  return parseTerms(reader, 'and', ',', parseOr);
}

function parseOr(reader: TokenReader): ConditionSyntax {
  return parseTerms(reader, 'or', '||', parseAnd);
}

function parseAnd(reader: TokenReader): ConditionSyntax {
  return parseTerms(reader, 'and', '&&', parseNot);
}

function parseTerms(
  reader: TokenReader,
  kind: 'and' | 'or',
  symbol: string,
  parseTerm: (reader: TokenReader) => ConditionSyntax,
): ConditionSyntax {
  const first = parseTerm(reader);
  const terms = [first];
  while (reader.take(symbol) !== undefined) terms.push(parseTerm(reader));
  return terms.length === 1 ? first : { kind, terms, ...reader.since(first) };
}

function parseNot(reader: TokenReader): ConditionSyntax {
  const start = reader.peek();
  if (reader.take('!') !== undefined) {
    const term = reader.nested(() => parseNot(reader));
    return { kind: 'not', term, ...reader.since(start) };
  }
  if (reader.take('(') !== undefined) {
    const inner = reader.nested(() => parseOr(reader));
    reader.expect(')');
    return inner;
  }
  return parseTest(reader);
}

/** test = argument [ ':' ( 32 | 64 ) ] [ '&' value ] ( comparison value | [ 'not' ] 'in' set ) */
function parseTest(reader: TokenReader): ConditionSyntax {
  const operand = parseOperand(reader);
  const start = operand.argument;
  if (reader.takeWord('not') !== undefined) {
    if (reader.takeWord('in') === undefined) return reader.fail("'in' after 'not'");
    return { kind: 'in', operand, negated: true, members: parseSet(reader), ...reader.since(start) };
  }
  if (reader.takeWord('in') !== undefined) {
    return { kind: 'in', operand, negated: false, members: parseSet(reader), ...reader.since(start) };
  }
  const comparison = COMPARISONS.find((symbol) => reader.take(symbol) !== undefined);
  if (comparison === undefined) {
    return reader.fail(
      "a comparison (==, !=, <, <=, >, >=, 'in' or 'not in')",
      operand.mask === undefined
        ? undefined
        : "a masked argument is compared as well: 'flags & O_CREAT == 0'",
    );
  }
  const value = parseValue(reader);
  return { kind: 'compare', operand, comparison, value, ...reader.since(start) };
}

function parseOperand(reader: TokenReader): OperandSyntax {
  const token = reader.peek();
  if (token.kind !== 'word') {
    return reader.fail(
      "the name of an argument, '!' or '('",
      'the argument stands on the left of the comparison',
    );
  }
  reader.next();
  const width = reader.take(':') === undefined ? undefined : parseWidth(reader);
  const argument = { name: token.text, width, ...reader.since(token) };
  return { argument, mask: reader.take('&') === undefined ? undefined : parseValue(reader) };
}

function parseWidth(reader: TokenReader): 32 | 64 {
  const width = ([32, 64] as const).find((bits) => reader.peek().text === `${bits}`);
  if (width === undefined) return reader.fail('32 or 64, the bits of the register to compare');
  reader.next();
  return width;
}

/** set = '{' [ member { ',' member } ] '}'; member = value [ '..' value ] */
function parseSet(reader: TokenReader): readonly MemberSyntax[] {
  reader.expect('{', "a set is written in braces: 'fd in {0, 1, 2}', 'fd in {3..9}'");
  const members: MemberSyntax[] = [];
  while (reader.take('}') === undefined) {
    if (members.length > 0) {
      if (reader.take(',') === undefined) return reader.fail("',' or '}'");
    }
    const low = parseValue(reader);
    members.push({ low, high: reader.take('..') === undefined ? undefined : parseValue(reader) });
  }
  return members;
}
