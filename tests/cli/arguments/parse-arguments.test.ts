import { describe, expect, test } from 'vitest';
import type { CommandDescription } from '../../../src/cli/arguments/command-description.ts';
import type { GivenArguments } from '../../../src/cli/arguments/given-arguments.ts';
import { parseArguments } from '../../../src/cli/arguments/parse-arguments.ts';
import { ExitError } from '../../../src/cli/exit.ts';
import { portcullis } from '../../support/portcullis.ts';

const SAMPLE: CommandDescription = {
  name: 'sample',
  describe: 'a command with an option of each kind',
  synopsis: ['[OPTION]... FILE'],
  detail: [],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: true, variadic: false, value: 'policy' },
  ],
  options: [
    { name: 'json', kind: 'boolean', describe: 'data' },
    { name: 'out', alias: 'o', kind: 'text', argument: 'FILE', value: 'file', describe: 'where to' },
    { name: 'rule', kind: 'list', argument: 'RULE', value: 'text', describe: 'a rule' },
    {
      name: 'exec',
      kind: 'text',
      argument: 'WORD',
      value: { words: ['once', 'allow'] },
      describe: 'one of two',
    },
  ],
  examples: [],
  exitCodes: [],
  failureCode: 99,
  run: () => Promise.resolve(),
};
const WITH_COMMAND: CommandDescription = {
  ...SAMPLE,
  positionals: [],
  commandLine: { describe: 'the program' },
};

function parse(words: readonly string[], command: CommandDescription = SAMPLE): GivenArguments {
  return parseArguments(command, words);
}

describe('parseArguments', () => {
  test('reads options of every kind, and what is absent was not given', () => {
    const given = parse(['-o', 'x', '--rule', 'read', '--rule=a=b', 'echo.yaml', '--no-json']);
    expect(given.text('out')).toBe('x');
    expect(given.list('rule')).toEqual(['read', 'a=b']);
    expect(given.flag('json')).toBe(false);
    expect(given.positionals).toEqual(['echo.yaml']);
    const bare = parse(['echo.yaml']);
    expect([bare.flag('json'), bare.text('out'), bare.list('rule')]).toEqual([undefined, undefined, []]);
  });

  test('leaves numbers, dots and capitals as they are', () => {
    const given = parse(['--out', '0x10', '--rule', 'A.B=010', '007']);
    expect([given.text('out'), given.list('rule'), given.positionals]).toEqual([
      '0x10',
      ['A.B=010'],
      ['007'],
    ]);
  });

  test('takes a lone - for the value of the option in front of it, and else for an argument', () => {
    expect(parse(['--out', '-', 'a']).text('out')).toBe('-');
    const given = parse(['-o', '-', '--rule', '-', '--json', '-']);
    expect([given.text('out'), given.list('rule'), given.positionals]).toEqual(['-', ['-'], ['-']]);
    expect(parse(['--json', '--', '--out', '-'], WITH_COMMAND).commandLine).toEqual(['--out', '-']);
  });

  test('words after -- are positionals, or a command line where the command takes one', () => {
    expect(parse(['--', '--json']).positionals).toEqual(['--json']);
    const given = parse(['--json', '--', '/bin/cat', '--json', '-o', '--', '5'], WITH_COMMAND);
    expect(given.commandLine).toEqual(['/bin/cat', '--json', '-o', '--', '5']);
    expect([given.positionals, given.flag('json'), given.text('out')]).toEqual([[], true, undefined]);
    expect(parse([], WITH_COMMAND).commandLine).toBeUndefined();
  });

  test('asks for nothing when help is wanted', () => {
    expect(parse(['-h']).flag('help')).toBe(true);
  });

  test.each<[readonly string[], string]>([
    [[], 'FILE is missing: a policy file; usage: portcullis sample [OPTION]... FILE'],
    [['a', 'b'], "one argument too many: 'b'; usage: portcullis sample [OPTION]... FILE"],
    [['--jsno', 'a'], "unknown option '--jsno'; did you mean '--json'?"],
    [['--no-jsno', 'a'], "unknown option '--no-jsno'; did you mean '--no-json'?"],
    [['--frobnicate', 'a'], "unknown option '--frobnicate'"],
    [['-x', 'a'], "unknown option '-x'"],
    [
      ['--listen', 'tcp://:7', 'a'],
      "unknown option '--listen'; sample takes a policy FILE, which run --save FILE writes from options",
    ],
    [
      ['-p', 'a'],
      "unknown option '-p'; sample takes a policy FILE, which run --save FILE writes from options",
    ],
    [['--json=4', 'a'], "'--json' takes no value, found '--json=4'"],
    [['a', '--out'], "'--out' needs a value: --out FILE"],
    [['a', '--out', '--json'], "'--out' needs a value: --out FILE"],
    [['a', '--no-out'], "'--out' needs a value: --out FILE"],
    [['a', '--rule'], "'--rule' needs a value: --rule RULE"],
    [['a', '-o', 'x', '-o', 'y'], "'--out' is given 2 times, it takes one FILE"],
    [['a', '--exec', 'onec'], "'--exec' does not take 'onec'; did you mean 'once'?"],
    [['a', '--exec', 'never'], "'--exec' does not take 'never'; one of once, allow"],
    // Names that every object of JavaScript has.
    [['a', '--constructor'], "unknown option '--constructor'"],
    [['a', '--no-toString', '--valueOf=1'], "unknown option '--no-toString'"],
  ])('%j: %s', (words, message) => {
    const wrong = (): GivenArguments => parse(words);
    expect(wrong).toThrow(new ExitError(99, message));
  });
});

describe('portcullis', () => {
  test.each<[readonly string[], number, string]>([
    [[], 2, 'which command? See portcullis --help'],
    [['chek'], 2, "unknown command 'chek'; did you mean 'check'? See portcullis --help"],
    [['frobnicate'], 2, "unknown command 'frobnicate'; see portcullis --help"],
    [['--hlep'], 2, "unknown option '--hlep'; did you mean '--help'? See portcullis --help"],
    [['--json'], 2, "unknown option '--json'; see portcullis --help"],
    [['plan'], 2, 'FILE is missing: name a policy file, or write the program behind --'],
    [['run', '--jsn', 'x'], 125, "unknown option '--jsn'; did you mean '--json'?"],
  ])('%j ends with one line', async (args, code, message) => {
    expect(await portcullis(args)).toEqual({ code, stdout: '', stderr: `portcullis: ${message}\n` });
  });

  test('--help leads with examples, of the program and of a command; options may stand before the command', async () => {
    for (const args of [['--help'], ['-h', 'run'], ['check', '--help']]) {
      const { stdout, stderr, code } = await portcullis(args);
      expect({ args, stderr, code }).toEqual({ args, stderr: '', code: 0 });
      const headings = [...stdout.matchAll(/^(\w[\w ]*):$/gm)].map(([, heading]) => heading);
      expect(headings.slice(0, 2)).toEqual(['Usage', 'Examples']);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  test('--version is the version of the package', async () => {
    const { default: description } = await import('../../../package.json', { with: { type: 'json' } });
    expect((await portcullis(['--version'])).stdout).toBe(`${description.version}\n`);
  });
});
