import { type Demonstration, demonstrate } from '../../lab/attack.ts';
import type { Exercise } from '../../lab/exercise.ts';
import type { RunResult } from '../../lab/result.ts';
import { isRootHere } from '../../lab/run-job.ts';
import { EXIT, ExitError } from '../exit.ts';
import { exerciseText, readExercises } from './exercises.ts';
import { progress } from './progress.ts';
import type { SeededArguments } from './run-lab.ts';

/** A row of the table; absent runs: the exercise cannot be done here. */
interface Row {
  readonly exercise: Exercise;
  readonly shown: Demonstration | undefined;
}

/** Attacks the naive inetd, the solutions, and the solutions without their layer, and prints weakness by layer. */
export async function showDemonstration({ seed, json }: SeededArguments): Promise<void> {
  const exercises = readExercises();
  const line = progress(json);
  const rows: Row[] = [];
  const waiting = [...exercises];
  // Two at a time: most of the time of an attack is waiting.
  const work = async (): Promise<void> => {
    for (let exercise = waiting.shift(); exercise !== undefined; exercise = waiting.shift()) {
      rows.push({ exercise, shown: await demonstration(exercise, seed, line.show) });
      line.clear();
      if (!json) process.stderr.write(`${rows.length} of ${exercises.length}: ${exercise.title}\n`);
    }
  };
  await Promise.all([work(), work()]);
  rows.sort((a, b) => a.exercise.number - b.exercise.number);
  if (json) process.stdout.write(`${JSON.stringify({ seed, rows: rows.map(rowAsData) }, null, 2)}\n`);
  else printTable(rows);
  if (rows.some(({ shown }) => shown !== undefined && !isAsTaught(shown)))
    throw new ExitError(EXIT.findings, 'not every attack was stopped, or an exercise failed: see the table');
}

async function demonstration(
  exercise: Exercise,
  seed: string,
  show: (text: string) => void,
): Promise<Demonstration | undefined> {
  if (exercise.needs.includes('root') && !isRootHere()) return undefined;
  return await demonstrate({
    exercise,
    given: exerciseText(exercise, 'policy.yaml'),
    solution: exerciseText(exercise, 'solution/policy.yaml'),
    seed,
    onProgress: (text) => show(`${exercise.number}: ${text}`),
  });
}

function reachedOf({ attacks }: RunResult): number {
  return attacks.filter(({ reached }) => reached).length;
}

/** True when the attack works, is stopped by the solution, and works again without the layer. */
function isAsTaught({ naive, solution, withoutLayer }: Demonstration): boolean {
  return (
    reachedOf(naive) > 0 &&
    solution.attacks.length > 0 &&
    reachedOf(solution) === 0 &&
    reachedOf(withoutLayer) > 0
  );
}

function rowAsData({ exercise, shown }: Row): Readonly<Record<string, unknown>> {
  const { number, title, layer } = exercise;
  return { number, title, layer: layer.name, ...(shown === undefined ? { unable: 'needs root' } : shown) };
}

function printTable(rows: readonly Row[]): void {
  const table = rows.map(({ exercise, shown }) => [
    `${exercise.number} ${exercise.title}`,
    ...(shown === undefined
      ? ['needs root', '', '']
      : [
          count(shown.naive),
          count(shown.solution),
          reachedOf(shown.withoutLayer) > 0 ? 'works again' : 'stopped',
        ]),
    exercise.layer.name,
  ]);
  const head = ['weakness', 'naive inetd', 'solution', 'without its layer', 'layer'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...table.map((cells) => cells[column]?.length ?? 0)),
  );
  for (const cells of [head, ...table])
    process.stdout.write(
      `${cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  process.stdout.write('\nA cell counts the attacks that reach their effect.\n');
}

function count(run: RunResult): string {
  return run.failed === undefined ? `${reachedOf(run)} of ${run.attacks.length}` : 'not served';
}
