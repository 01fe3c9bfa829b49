import type { CommandDescription } from '../arguments/command-description.ts';
import { archOption } from '../arguments/shared-options.ts';
import { EXIT } from '../exit.ts';

export const whyCommand: CommandDescription = {
  name: 'why',
  describe: 'explain why a policy denies a call, and which line would let it through',
  synopsis: ['[--arch MACHINE] [--json] CALL POLICY', '[--all] [--arch MACHINE] [--json] EVENT POLICY'],
  detail: [
    'Explains a call by the rules of a policy: the answer, every line that has the call and the condition that was not met, the smallest line that would let it through, the other keys that go with it, and the boundaries that this would open. The command starts no program and needs no root.',
    'You write a CALL as in openat(AT_FDCWD, ..., O_RDONLY), where ... is an address. A name or a number without brackets is a call whose arguments you do not know.',
    'An EVENT is a line that portcullis run has printed about a denied call, one that run --explain has printed about an error, or a line of the kernel log with type=1326, which has no arguments. Write - to read a log on standard input: the last such call in it is explained, or with --all every one.',
    'Where a program goes on after an error, a line that answers the call so is proposed as `quiet`, beside the line that lets it happen. So is a line without the capability that the kernel asks for: a service that does not run as root never had it. No line is proposed for a call that a rule of the policy denies, because the strictest rule counts.',
  ],
  positionals: [
    {
      name: 'CALL',
      describe: 'a call, the line of an event, or - for a log on standard input',
      required: true,
      variadic: false,
      value: 'text',
    },
    { name: 'POLICY', describe: 'a policy file', required: true, variadic: false, value: 'policy' },
  ],
  options: [
    { name: 'all', kind: 'boolean', describe: 'explain every call of a log, not only the last' },
    archOption('the machine that the call was made on; this one when absent'),
    { name: 'json', kind: 'boolean', describe: 'print the explanations as one JSON array' },
  ],
  examples: [
    {
      line: "portcullis why 'openat(AT_FDCWD, ..., O_RDWR|O_CREAT, 0600)' policies/echo.yaml",
      describe: 'the line that lets a service write files, and the key that goes with it',
    },
    {
      line: 'portcullis why - web.yaml < events',
      describe: 'the last denied call in the log of a service',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'the call is explained, whatever its answer is' },
    { code: EXIT.findings, describe: 'the policy has errors' },
    {
      code: EXIT.usage,
      describe: 'the call is wrong, the log has no denied call, a file cannot be read, or wrong usage',
    },
  ],
  seeAlso: ['seccomp(2)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { explainCalls } = await import('../why/explain-calls.ts');
    const [question = '', file = ''] = given.positionals;
    explainCalls({
      question,
      file,
      architecture: given.text('arch'),
      all: given.flag('all') ?? false,
      json: given.flag('json') ?? false,
    });
  },
};
