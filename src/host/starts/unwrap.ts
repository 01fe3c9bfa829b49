import { unwrap } from './read-words.ts';
import { WRAPPERS } from './wrappers.ts';

/** A wrapper, or several of which each starts the next. */
export interface Unwrapped {
  /** The program that the first of them starts, with arguments. */
  readonly started: readonly string[];
  /** The program behind all of them, with arguments. */
  readonly command: readonly string[];
  /** Lines of a policy that do what they do. */
  readonly keys: readonly string[];
  /** The reason why no key does. */
  readonly note: string | undefined;
  /** True when one of them starts the next as a child. */
  readonly forks: boolean;
  /** True when one of them is set-user-ID. */
  readonly privileged: boolean;
}

/** Takes wrappers off. `undefined`: the name is of none, or it starts nothing. `find`: a program by its name. */
export function unwrapAll(
  name: string,
  words: readonly string[],
  find: (name: string) => string | undefined,
): Unwrapped | undefined {
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (wrapper === undefined) return undefined;
  const wrapped = unwrap(wrapper, words);
  const [first, ...rest] = wrapped.command;
  if (first === undefined) return undefined;
  const keys = wrapper.keys?.(wrapped) ?? [];
  const privileged = wrapper.privileged === true;
  const forks = wrapper.forks === true;
  const inner = unwrapAll(first.slice(first.lastIndexOf('/') + 1), rest, find);
  if (inner !== undefined)
    return {
      started: wrapped.command,
      command: inner.command,
      keys: [...keys, ...inner.keys],
      note: wrapper.note ?? inner.note,
      forks: forks || inner.forks,
      privileged: privileged || inner.privileged,
    };
  // `#!/usr/bin/env python3 -u` makes one word of two, which are meant as two.
  const [program = '', ...more] =
    find(first) === undefined ? first.split(' ').filter((word) => word !== '') : [first];
  const command = [find(program) ?? program, ...more, ...rest];
  return { started: wrapped.command, command, keys, note: wrapper.note, forks, privileged };
}
