import { tryCheats } from '../support/try-cheats.ts';
import { tryExercise } from '../support/try-exercise.ts';

tryExercise(2);
tryCheats(2);
