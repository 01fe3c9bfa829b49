import { tryExercise } from './support/try-exercise.ts';

tryExercise(7);
tryExercise(8);
