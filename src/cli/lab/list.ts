import { isRootHere } from '../../lab/run-job.ts';
import { readExercises } from './exercises.ts';
import type { LabArguments } from './run-lab.ts';
import { StudentDirectory } from './student.ts';

/** Prints the exercises: number, title, minutes, needs, and the state of the directory lab-N. */
export function listExercises({ json }: LabArguments): void {
  const rows = readExercises().map((exercise) => {
    const directory = new StudentDirectory(exercise, undefined);
    const state = directory.isPassed ? 'passed' : directory.isStarted ? 'started' : '-';
    const { number, title, minutes, needs } = exercise;
    return { number, title, minutes, needs, state };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify({ exercises: rows }, null, 2)}\n`);
    return;
  }
  const widest = Math.max(...rows.map(({ title }) => title.length));
  process.stdout.write(` N  ${'title'.padEnd(widest)}  minutes  needs  state\n`);
  for (const { number, title, minutes, needs, state } of rows) {
    const line = [
      String(number).padStart(2),
      title.padEnd(widest),
      String(minutes).padStart(7),
      (needs.join(', ') || '-').padEnd(5),
      state,
    ];
    process.stdout.write(`${line.join('  ')}\n`);
  }
  const needing = rows.filter(({ needs }) => needs.includes('root')).map(({ number }) => number);
  if (!isRootHere()) process.stdout.write(`\nExercises ${needing.join(', ')} need sudo.\n`);
  process.stdout.write('\nBegin with: portcullis lab start 1\n');
}
