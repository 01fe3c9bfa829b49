import { findExercise } from './exercises.ts';
import type { LabArguments } from './run-lab.ts';
import { StudentDirectory } from './student.ts';

/** Makes a student's directory and prints what to type next. */
export function startExercise({ exercise: number, directory: named }: LabArguments): void {
  const exercise = findExercise(number);
  const directory = new StudentDirectory(exercise, named);
  directory.start();
  process.stdout.write(
    [
      `Exercise ${exercise.number}: ${exercise.title}. It takes about ${exercise.minutes} minutes.`,
      `${directory.path}/ has the text, a policy that serves and stops nothing, and a secret in the file canary.`,
      '',
      `Read       ${directory.path}/README.md, or README.fr.md`,
      `Attack     ${directory.command('attack')}`,
      `Edit       ${directory.policy}`,
      `Check      ${directory.command('check')}`,
      '',
    ].join('\n'),
  );
}
