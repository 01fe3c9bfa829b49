import type { Problems } from './problems.ts';

/** No filter that people write comes near; more is another file, or an attack on a parser. */
const MAX_SOURCE_CHARACTERS = 1024 * 1024;

/** Returns the text of a source, for formats that are text. Bytes that are no text are reported. */
export function sourceText(source: string | Uint8Array, problems: Problems): string | undefined {
  if (source.length > MAX_SOURCE_CHARACTERS) {
    problems.error(
      'source-too-large',
      `the source is larger than ${MAX_SOURCE_CHARACTERS / 1024} KiB`,
      undefined,
    );
    return undefined;
  }
  if (typeof source === 'string') return source;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    problems.error('source-encoding', 'the source is not UTF-8 text', undefined, 'is this the right format?');
    return undefined;
  }
}
