import { parseArguments } from '../../src/cli/arguments/parse-arguments.ts';
import { ExitError } from '../../src/cli/exit.ts';
import { policySources } from '../../src/cli/policy-source.ts';
import { COMMANDS } from '../../src/cli/program-description.ts';
import { demand, demandMessage } from '../support/fuzz/demands.ts';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { TextMutator } from '../support/fuzz/mutate-text.ts';
import { oneOf } from '../support/fuzz/random.ts';

const values = new TextMutator(
  [
    'echo.yaml',
    'tcp://:7',
    'nofile=32',
    'write(fd == 1)',
    'pid:1',
    'x86_64',
    '-',
    'once',
    'CAP_KILL',
    'A=b c',
    '@mine=read',
  ],
  ['=', '-', '--', '\n', '\0', '__proto__', 'true', 'false', '.', "'", '$', '%'],
);

fuzz('command line', {
  input: (random) => {
    const command = COMMANDS[random(COMMANDS.length)];
    const words = Array.from({ length: random(6) }, () => {
      const option = command?.options[random(command.options.length + 1)];
      const value = values.text(random);
      if (option === undefined) return [oneOf([value, '--', '--help', `-${value}`, `--${value}`], random)];
      const { name, alias = 'x' } = option;
      return oneOf(
        [
          [`--${name}`, value],
          [`--${name}=${value}`],
          [`--${name}`],
          [`--no-${name}`],
          [`-${alias}`, value],
          [`-${alias}${value}`],
        ],
        random,
      );
    });
    return { name: command?.name, words: words.flat() };
  },
  read: ({ name, words }) => {
    const command = COMMANDS.find((each) => each.name === name);
    if (command === undefined) throw new Error('no command');
    try {
      const given = parseArguments(command, words);
      if (command.commandLine !== undefined) policySources(command, given);
      return true;
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      demandMessage(error.message);
      demand(error.code === command.failureCode, `exit code ${error.code}`);
      return false;
    }
  },
});
