import { tryCheats } from '../support/try-cheats.ts';
import { tryExercise } from '../support/try-exercise.ts';

tryExercise(3);
tryCheats(3);
