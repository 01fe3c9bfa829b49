import { errnoNumber, MAX_ERRNO } from '../../../kernel/errno.ts';
import { SYSTEM_CALL_NAMES } from '../../../kernel/system-calls.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Action } from '../../action.ts';
import type { Problems } from '../problems.ts';
import type { CallList } from './restrictions.ts';
import { groupCalls, isCallSomewhere, UNIT_GROUP_NAMES } from './systemd-calls.ts';
import type { Assignment, PlacedText } from './unit-file.ts';
import { readWords } from './words.ts';

/** A file with more mistakes is none of systemd's, and looking for a near name takes its time. */
const MOST_SUGGESTIONS = 100;

/** Gathers the assignments of one list of system calls. Source: `config_parse_syscall_filter`, src/core/load-fragment.c. */
export class CallListReader {
  readonly #directive: 'SystemCallFilter' | 'SystemCallLog';
  readonly #problems: Problems;
  #suggestions = 0;
  #list: { allow: boolean; calls: Map<string, Action | undefined>; span: Span } | undefined;

  constructor(directive: 'SystemCallFilter' | 'SystemCallLog', problems: Problems) {
    this.#directive = directive;
    this.#problems = problems;
  }

  get result(): CallList | undefined {
    // An inverted list that names nothing refuses nothing, so systemd makes no filter of it.
    return this.#list === undefined || (!this.#list.allow && this.#list.calls.size === 0)
      ? undefined
      : this.#list;
  }

  assign(assignment: Assignment): void {
    if (assignment.value === '') {
      this.#list = undefined;
      return;
    }
    const { inverted, words } = readWords(assignment, 'plain');
    if (this.#list === undefined) {
      this.#list = { allow: !inverted, calls: new Map(), span: assignment.key.span };
      if (!inverted && this.#directive === 'SystemCallFilter') this.#change('@default', undefined, false);
    }
    for (const word of words) this.#word(word, inverted);
  }

  #word(word: PlacedText, inverted: boolean): void {
    const colon = this.#directive === 'SystemCallFilter' ? word.text.indexOf(':') : -1;
    const name = colon === -1 ? word.text : word.text.slice(0, colon);
    let answer: Action | undefined;
    if (colon !== -1) {
      if (!inverted) {
        this.#problems.loss(
          'errno-on-allowed',
          `systemd ignores '${word.text}': a list of allowed calls takes no errno, so the call stays refused`,
          word.span,
          `write 'SystemCallFilter=~${word.text}' on a line of its own`,
        );
        return;
      }
      answer = readRefusal(word.text.slice(colon + 1));
      if (answer === undefined) {
        this.#problems.error(
          'unknown-errno',
          `'${word.text.slice(colon + 1)}' is no errno`,
          word.span,
          `write a name such as EPERM, a number up to ${MAX_ERRNO}, or kill`,
        );
        return;
      }
    }
    if (this.#isKnown(name, word.span, inverted)) this.#change(name, answer, inverted);
  }

  /** Puts a call or the members of a group into the list, or takes them out. */
  #change(name: string, answer: Action | undefined, inverted: boolean): void {
    const list = this.#list;
    if (list === undefined) return;
    const puts = inverted !== list.allow || (inverted && answer !== undefined);
    for (const call of groupCalls(name, inverted ? 'refuse' : 'allow') ?? [name]) {
      if (puts) list.calls.set(call, answer);
      else list.calls.delete(call);
    }
  }

  #isKnown(name: string, span: Span, inverted: boolean): boolean {
    if (name.includes('%')) {
      const message = `'${name}' holds a specifier, which systemd does not replace in this list`;
      this.#problems.error('specifier', message, span, 'write the name of a call or of a group');
      return false;
    }
    if (name.startsWith('@')) return this.#isKnownGroup(name, span, inverted);
    if (isCallSomewhere(name)) return true;
    const close = this.#suggestion(name, SYSTEM_CALL_NAMES);
    this.#problems.loss(
      'unknown-call',
      `no system call is named '${name}'; systemd ignores it as well`,
      span,
      close === undefined ? undefined : `did you mean '${close}'?`,
    );
    return false;
  }

  #suggestion(name: string, known: readonly string[]): string | undefined {
    this.#suggestions += 1;
    return this.#suggestions > MOST_SUGGESTIONS ? undefined : nearest(name, known);
  }

  /**
   * Returns whether systemd 252 has the group, and reports one that it lacks. Calls that such a group would allow stay denied,
   * which is a loss. Calls that it would deny are unknown, which is an error.
   */
  #isKnownGroup(name: string, span: Span, inverted: boolean): boolean {
    if (UNIT_GROUP_NAMES.includes(name)) return true;
    const harmless = !inverted && this.#list?.allow === true;
    const close = this.#suggestion(name, UNIT_GROUP_NAMES);
    const help = close === undefined ? 'name the calls of the group one by one' : `did you mean '${close}'?`;
    const message = `systemd 252 has no group '${name}'`;
    if (harmless) this.#problems.loss('unknown-group', `${message}; its calls stay refused`, span, help);
    else this.#problems.error('unknown-group', message, span, help);
    return false;
  }
}

/** `kill`, the name of an errno or its number; `undefined` for anything else. */
export function readRefusal(text: string): Action | undefined {
  if (text === 'kill') return { kind: 'kill_process' };
  const errno = /^(?:0|[1-9][0-9]{0,4}|0x[0-9a-fA-F]{1,4})$/.test(text) ? Number(text) : errnoNumber(text);
  return errno === undefined || errno > MAX_ERRNO ? undefined : { kind: 'errno', errno };
}
