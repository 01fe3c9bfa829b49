import { tryExercise } from '../support/try-exercise.ts';

tryExercise(5);
