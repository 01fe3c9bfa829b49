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

/** Finds an exercise by its number, or by the beginning of its folder's name. */
export function findExercise(number: string): Exercise {
  const exercises = readExercises();
  const found = exercises.filter((exercise) =>
    /^\d+$/.test(number) ? exercise.number === Number(number) : exercise.folder.startsWith(number),
  );
  if (number !== '' && found.length === 1 && found[0] !== undefined) return found[0];
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
