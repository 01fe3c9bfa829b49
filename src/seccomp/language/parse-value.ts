import type { ValueSyntax } from './rule-syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** value = primary { '|' primary } */
export function parseValue(reader: TokenReader): ValueSyntax {
  const first = parsePrimary(reader);
  const parts = [first];
  while (reader.take('|') !== undefined) parts.push(parsePrimary(reader));
  return parts.length === 1 ? first : { kind: 'union', parts, ...reader.since(first) };
}

/** primary = NUMBER | '-' NUMBER | NAME | '~' primary | '(' value ')' */
function parsePrimary(reader: TokenReader): ValueSyntax {
  const token = reader.peek();
  if (token.kind === 'number') {
    reader.next();
    return { kind: 'number', value: token.value, offset: token.offset, length: token.length };
  }
  if (token.kind === 'word') {
    reader.next();
    return { kind: 'name', name: token.text, offset: token.offset, length: token.length };
  }
  if (reader.take('~') !== undefined) {
    const of = reader.nested(() => parsePrimary(reader));
    return { kind: 'complement', of, ...reader.since(token) };
  }
  if (reader.take('-') !== undefined) {
    const number = reader.peek();
    if (number.kind !== 'number') return reader.fail("a number after '-'");
    reader.next();
    return { kind: 'number', value: -number.value, ...reader.since(token) };
  }
  if (reader.take('(') !== undefined) {
    const value = reader.nested(() => parseValue(reader));
    reader.expect(')');
    return { ...value, ...reader.since(token) };
  }
  return reader.fail('a number or the name of a constant');
}
