import { type Options, optionValue, readOptions } from './options.ts';
import { splitString } from './split-string.ts';
import type { Wrapped, Wrapper } from './wrapper.ts';

/** env(1): a mere `-` is an option, and `-S` stands for words. */
export function readEnv(words: readonly string[]): Wrapped {
  const valued = ['-u', '--unset', '-C', '--chdir', '-S', '--split-string', '-a', '--argv0'];
  const plain = words.map((word) => (word === '-' ? '-i' : word));
  let options = readOptions(plain, valued);
  const split = options.given.find(([option]) => option === '-S' || option === '--split-string');
  if (split !== undefined) options = readOptions([...splitString(split[1]), ...options.rest], valued);
  return withAssignments(options);
}

export function withAssignments(options: Options): Wrapped {
  const { rest } = options;
  const first = rest.findIndex((word) => !/^[^=/]+=/.test(word));
  const count = first === -1 ? rest.length : first;
  const assignments = rest.slice(0, count).map((word): readonly [string, string] => {
    const at = word.indexOf('=');
    return [word.slice(0, at), word.slice(at + 1)];
  });
  return { options, operands: [], assignments, command: rest.slice(count) };
}

/** su(1) and runuser(1): options stand also behind the user, and `-c` has a text for a shell. */
export function readSu(words: readonly string[]): Wrapped {
  const valued = ['-c', '--command', '-s', '--shell', '-u', '--user', '-g', '--group', '-G', '-w', '-C'];
  const before = readOptions(
    words.map((word) => (word === '-' ? '-l' : word)),
    valued,
  );
  const named = optionValue(before, '-u', '--user');
  if (named !== undefined)
    return { options: before, operands: [named], assignments: [], command: before.rest };
  const [name = 'root', ...more] = before.rest;
  const after = readOptions(more, valued);
  const options = { given: [...before.given, ...after.given], rest: after.rest };
  const text = optionValue(options, '-c', '--command');
  const shell = optionValue(options, '-s', '--shell') ?? '/bin/sh';
  return {
    options,
    operands: [name],
    assignments: [],
    command: [shell, ...(text === undefined ? [] : ['-c', text])],
  };
}

/** start-stop-daemon(8): the program is the value of an option, its arguments are the rest. */
export function readStarter(words: readonly string[]): Wrapped {
  const short = ['-x', '-a', '-u', '-c', '-g', '-p', '-n', '-d', '-r'];
  const long = [
    '--exec',
    '--startas',
    '--user',
    '--chuid',
    '--group',
    '--pidfile',
    '--name',
    '--chdir',
    '--chroot',
  ];
  const options = readOptions(words, [...short, ...long]);
  const program = optionValue(options, '-a', '--startas') ?? optionValue(options, '-x', '--exec');
  const command = program === undefined ? [] : [program, ...options.rest];
  return { options, operands: [], assignments: [], command };
}

/** Reads the words behind the name of a wrapper. */
export function unwrap(wrapper: Wrapper, words: readonly string[]): Wrapped {
  if (wrapper.read !== undefined) return wrapper.read(words);
  const options = readOptions(words, wrapper.valued ?? []);
  if (wrapper.assigns === true) return withAssignments(options);
  const operands = options.rest.slice(0, wrapper.operands ?? 0);
  return { options, operands, assignments: [], command: options.rest.slice(operands.length) };
}
