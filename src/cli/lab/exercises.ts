import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Exercise, parseExercise } from '../../lab/exercise.ts';
import { EXIT, ExitError } from '../exit.ts';
import { programFolder } from '../launch/program-files.ts';

/** The folder of the course, beside the built program. */
export function labsFolder(): string {
  return join(programFolder(), '..', 'labs');
}

/** Reads every exercise, in the order of their numbers. A folder whose name begins with two digits is one. */
export function readExercises(): readonly Exercise[] {
  try {
    return readdirSync(labsFolder())
      .filter((name) => /^\d\d-/.test(name))
      .sort()
      .map((folder) =>
        parseExercise(readFileSync(join(labsFolder(), folder, 'exercise.yaml'), 'utf8'), folder),
      );
  } catch (error) {
    throw new ExitError(EXIT.usage, error instanceof Error ? error.message : String(error));
  }
}

/** Finds an exercise by its number. */
export function findExercise(number: string): Exercise {
  const exercises = readExercises();
  const found = /^\d+$/.test(number) && exercises.find((exercise) => exercise.number === Number(number));
  if (found) return found;
  const numbers = exercises.map((exercise) => exercise.number).join(', ');
  throw new ExitError(
    EXIT.usage,
    `there is no exercise '${number}': they are ${numbers}; portcullis lab lists them`,
  );
}

/** The text of a file of an exercise. */
export function exerciseText({ folder }: Exercise, name: string): string {
  return readFileSync(join(labsFolder(), folder, name), 'utf8');
}
