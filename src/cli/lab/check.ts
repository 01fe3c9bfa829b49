import { readPolicyFile } from '../../host/trust.ts';
import { checkPolicy } from '../../lab/check.ts';
import { EXIT, ExitError } from '../exit.ts';
import { exerciseText, findExercise } from './exercises.ts';
import { printVerdicts } from './print-verdicts.ts';
import { progress } from './progress.ts';
import type { SeededArguments } from './run-lab.ts';
import { StudentDirectory } from './student.ts';

/** Tries a policy and prints the verdicts. The policy is read once, so that it cannot change on the way. */
export async function checkExercise(args: SeededArguments): Promise<void> {
  const exercise = findExercise(args.exercise);
  const directory = new StudentDirectory(exercise, args.directory);
  if (args.policy === undefined && !directory.isStarted)
    throw new ExitError(
      EXIT.usage,
      `exercise ${exercise.number} is not started in '${directory.path}': portcullis lab start ${exercise.number}, or name a POLICY`,
    );
  const file = args.policy ?? directory.policy;
  const { text, diagnostics } = readPolicyFile(file, { asRoot: false });
  if (text === undefined) throw new ExitError(EXIT.usage, diagnostics[0]?.message ?? `cannot read '${file}'`);
  const shown = progress(args.json);
  const result = await checkPolicy({
    exercise,
    given: exerciseText(exercise, 'policy.yaml'),
    solution: exerciseText(exercise, 'solution/policy.yaml'),
    policy: text,
    file,
    seed: args.seed,
    onProgress: shown.show,
  });
  shown.clear();
  if (args.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else printVerdicts(result, file, process.stdout);
  const notKept = args.policy === undefined ? directory.keep(result) : undefined;
  if (notKept !== undefined)
    process.stderr.write(`portcullis: the list will not show this result: '${directory.path}': ${notKept}\n`);
  if (result.unable !== undefined) throw new ExitError(EXIT.unable, '');
  if (!result.passed) throw new ExitError(EXIT.findings, '');
}
