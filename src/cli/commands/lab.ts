import type { CommandDescription } from '../arguments/command-description.ts';
import type { GivenArguments } from '../arguments/given-arguments.ts';
import { EXIT, ExitError } from '../exit.ts';

/** The tasks, each with its options and the number of arguments that it takes at least and at most. */
const TASKS: Readonly<
  Record<string, { readonly options: readonly string[]; readonly takes: readonly [number, number] }>
> = {
  list: { options: ['json'], takes: [0, 0] },
  start: { options: ['dir'], takes: [1, 1] },
  attack: { options: ['dir', 'seed', 'json'], takes: [1, 1] },
  check: { options: ['dir', 'seed', 'json'], takes: [1, 2] },
  demo: { options: ['seed', 'json'], takes: [0, 0] },
};

export const labCommand: CommandDescription = {
  name: 'lab',
  describe: 'attack a naive inetd and stop the attack by a policy: the exercises of a course',
  synopsis: [
    '[list] [--json]',
    'start N [--dir DIR]',
    'attack N [--dir DIR] [--seed SEED] [--json]',
    'check N [POLICY] [--dir DIR] [--seed SEED] [--json]',
    'demo [--seed SEED] [--json]',
  ],
  detail: [
    'Each exercise has a weakness of inetd, an attack that uses it, and a service that must still work when the attack is stopped. Everything runs in namespaces that play the host, and nothing outside of your directory is made or changed. Exercises with several users need root; the list says which.',
    'list prints the exercises: number, title, minutes, needs, and whether you have passed. start makes a directory for one, with its text, a policy that serves and stops nothing, and a secret. attack runs the attacks that you may see against the naive inetd, and prints what they gained.',
    'check tries a policy and gives four verdicts, each with its evidence. control: the attack works against the naive inetd, here and now. stopped: with the policy neither the attack nor a variant of it reaches its effect. layer: without the layer of the exercise the attack works again; otherwise means that another layer stops it too, which is no fault. service: honest clients are answered before, during and after the attacks. Rights beyond those of the solution are listed and are no fault. Without POLICY the policy.yaml of your directory is tried.',
    'Secrets, addresses and the order of the attacks are derived from a seed, which is new each time and is printed. With --seed a grader repeats a run.',
    'demo runs all exercises against the naive inetd, the solutions, and the solutions without their layer, and prints a table.',
  ],
  positionals: [
    {
      name: 'TASK',
      describe: 'the task to do; list when absent',
      required: false,
      variadic: false,
      value: { words: Object.keys(TASKS) },
    },
    {
      name: 'N',
      describe: "the number of an exercise, or the beginning of its folder's name",
      required: false,
      variadic: false,
      value: 'text',
    },
    {
      name: 'POLICY',
      describe: 'the policy to check; policy.yaml of your directory when absent',
      required: false,
      variadic: false,
      value: 'policy',
    },
  ],
  options: [
    {
      name: 'dir',
      kind: 'text',
      argument: 'DIR',
      value: 'directory',
      describe: 'your directory for the exercise; lab-N when absent',
    },
    {
      name: 'seed',
      kind: 'text',
      argument: 'SEED',
      value: 'text',
      describe: 'the seed of an earlier run, to repeat it; a new one when absent',
    },
    { name: 'json', kind: 'boolean', describe: 'print the result as one JSON object' },
  ],
  examples: [
    { line: 'portcullis lab', describe: 'the exercises' },
    { line: 'portcullis lab start 1', describe: 'make the directory lab-1' },
    { line: 'portcullis lab attack 1', describe: 'see the attack work against the naive inetd' },
    { line: 'portcullis lab check 1 lab-1/policy.yaml', describe: 'the four verdicts on your policy' },
    { line: 'sudo portcullis lab demo', describe: 'all weaknesses and layers in one table' },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'done; the policy passes' },
    { code: EXIT.findings, describe: 'the policy does not pass, or has errors' },
    {
      code: EXIT.usage,
      describe: 'no such exercise, it is not started, a file cannot be read or written, or wrong usage',
    },
    { code: EXIT.unable, describe: 'the exercise cannot be done on this machine, and does not count' },
    { code: 130, describe: 'interrupted: there is no verdict' },
  ],
  failureCode: EXIT.usage,
  run: async (given) => {
    const [task = 'list', exercise = '', policy] = given.positionals;
    refuseOthers(task, given);
    const { runLab } = await import('../lab/run-lab.ts');
    await runLab({
      task,
      exercise,
      policy,
      directory: given.text('dir'),
      seed: given.text('seed'),
      json: given.flag('json') ?? false,
    });
  },
};

/** Refuses tasks that there are not, and options and arguments that the task does not take. */
function refuseOthers(task: string, given: GivenArguments): void {
  const known = TASKS[task];
  if (known === undefined)
    throw new ExitError(EXIT.usage, `'${task}' is no task of lab: they are ${Object.keys(TASKS).join(', ')}`);
  const [least, most] = known.takes;
  const count = Math.max(0, given.positionals.length - 1);
  if (count < least)
    throw new ExitError(
      EXIT.usage,
      `N is missing: portcullis lab ${task} N; portcullis lab lists the exercises`,
    );
  if (count > most) throw new ExitError(EXIT.usage, `lab ${task} takes no '${given.positionals[most + 1]}'`);
  for (const option of ['dir', 'seed'])
    if (given.text(option) !== undefined && !known.options.includes(option))
      throw new ExitError(EXIT.usage, `lab ${task} takes no --${option}`);
  if (given.flag('json') !== undefined && !known.options.includes('json'))
    throw new ExitError(EXIT.usage, `lab ${task} takes no --json`);
}
