/** A structure or string in the image's data area. Two operands that use the same object use the same memory. */
export interface Data {
  readonly bytes: Uint8Array;
  readonly patches: readonly Patch[];
}

/** Width of a number that is written as text, in ten characters with spaces behind it. */
export const DECIMAL = 10;

/** A field that is known only at launch: a stored result, or the address of other data. */
export interface Patch {
  readonly offset: number;
  readonly width: 4 | 8 | typeof DECIMAL;
  readonly source:
    | { readonly kind: 'slot'; readonly slot: string }
    | { readonly kind: 'data'; readonly data: Data };
}

/** One field of a structure: width in bytes and value, little-endian. */
export type Field = readonly [width: 1 | 2 | 4 | 8, value: number | bigint];

/** A field for a number that could be too large for it: it is refused then, never cut. */
export function wholeField(width: 1 | 2 | 4, value: number): Field {
  if (value >= 2 ** (8 * width))
    throw new RangeError(`a field of an image holds ${width} bytes, and the plan needs ${value} there`);
  return [width, value];
}

/** Bytes with nothing to fill in. */
export function bytesData(bytes: Uint8Array): Data {
  return { bytes, patches: [] };
}

/** The bytes that hexadecimal digits stand for. */
export function digitsData(digits: string): Data {
  const bytes = new Uint8Array(digits.length / 2);
  for (const index of bytes.keys())
    bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16);
  return bytesData(bytes);
}

/** Memory for a call to write into. */
export function emptyData(size: number): Data {
  return bytesData(new Uint8Array(size));
}

/** A string with its final zero. */
export function stringData(text: string): Data {
  return bytesData(new TextEncoder().encode(`${text}\0`));
}

/** A C structure from its fields; the caller writes the padding. */
export function structData(fields: readonly Field[], patches: readonly Patch[] = []): Data {
  const bytes = new Uint8Array(fields.reduce((size, [width]) => size + width, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [width, value] of fields) {
    if (width === 8) view.setBigUint64(offset, BigInt(value), true);
    else if (width === 4) view.setUint32(offset, lowWord(value), true);
    else if (width === 2) view.setUint16(offset, lowWord(value), true);
    else view.setUint8(offset, lowWord(value));
    offset += width;
  }
  return { bytes, patches };
}

function lowWord(value: number | bigint): number {
  return typeof value === 'number' ? value : Number(BigInt.asUintN(32, value));
}

/** Reads a little-endian field back, for the checker of plans. */
export function readField(data: Data, offset: number, width: 1 | 2 | 4 | 8): bigint {
  let value = 0n;
  for (let byte = width - 1; byte >= 0; byte--)
    value = (value << 8n) | BigInt(data.bytes[offset + byte] ?? 0);
  return value;
}

/** Bytes behind each other. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
