import { HIDDEN } from '../kernel/hidden-characters.ts';

const ESCAPED = new RegExp(`[${HIDDEN}\\\\]`, 'gu');

/** A line that a session wrote to its standard error, without its newline. */
export interface LogLine {
  readonly session: number;
  readonly text: string;
}

/** A line longer than this is given out in pieces. */
const LONGEST_LINE_BYTES = 4096;
const HEADER_SIZE = 8;

/** Sessions with half a line that are remembered: as many as can live, so that lost frames cost no more than that. */
const MOST_UNFINISHED = 16_384;

/**
 * Puts the frames of a log pipe (`gate/log.c`: session, length, bytes) together to lines. A session's last line may
 * lack its end: a frame without bytes gives it out, or `finish` where that frame was lost.
 */
export class LogFrames {
  #pending: Buffer = Buffer.alloc(0);
  readonly #partial = new Map<number, Buffer>();

  /** The lines that these bytes complete. */
  push(bytes: Buffer): readonly LogLine[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const lines: LogLine[] = [];
    while (this.#pending.length >= HEADER_SIZE) {
      const session = this.#pending.readUInt32LE(0);
      const end = HEADER_SIZE + this.#pending.readUInt32LE(4);
      if (this.#pending.length < end) break;
      if (end === HEADER_SIZE) lines.push(...this.finish(session));
      else lines.push(...this.#split(session, this.#pending.subarray(HEADER_SIZE, end)));
      this.#pending = this.#pending.subarray(end);
    }
    return lines;
  }

  /** The line that a session ended in the middle of. */
  finish(session: number): readonly LogLine[] {
    const rest = this.#partial.get(session);
    this.#partial.delete(session);
    return rest === undefined ? [] : [{ session, text: escapeText(rest) }];
  }

  #split(session: number, bytes: Buffer): readonly LogLine[] {
    let rest = Buffer.concat([this.#partial.get(session) ?? Buffer.alloc(0), bytes]);
    const lines: LogLine[] = [];
    for (;;) {
      const newline = rest.indexOf('\n');
      const tooLong = (newline === -1 ? rest.length : newline) > LONGEST_LINE_BYTES;
      if (newline === -1 && !tooLong) break;
      const length = tooLong ? LONGEST_LINE_BYTES : newline;
      lines.push({ session, text: escapeText(rest.subarray(0, length)) });
      rest = rest.subarray(tooLong ? length : length + 1);
    }
    this.#partial.delete(session);
    if (rest.length > 0) this.#partial.set(session, Buffer.from(rest));
    const [oldest] = this.#partial.size > MOST_UNFINISHED ? this.#partial.keys() : [];
    return oldest === undefined ? lines : [...lines, ...this.finish(oldest)];
  }
}

/** Nothing that a service writes moves a cursor, changes a colour or forges a line. `gate/event.c` does the same. */
export function escapeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.replace(ESCAPED, (character) => {
    if (character === '\t') return character;
    if (character === '\\') return '\\\\';
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
