import { randomBytes } from 'node:crypto';
import { WorldError } from '../../lab/world.ts';
import { EXIT, ExitError } from '../exit.ts';

export interface LabArguments {
  readonly task: string;
  /** The number of the exercise as it is written; empty where the task takes none. */
  readonly exercise: string;
  readonly policy: string | undefined;
  readonly directory: string | undefined;
  readonly seed: string | undefined;
  readonly json: boolean;
}

/** The same with a seed. */
export interface SeededArguments extends LabArguments {
  readonly seed: string;
}

/** Does a task of the course. */
export async function runLab(args: LabArguments): Promise<void> {
  const seeded = { ...args, seed: args.seed ?? randomBytes(8).toString('hex') };
  // The world ends with this process, by the descriptor that it holds.
  process.once('SIGINT', () => {
    process.stderr.write('portcullis: interrupted: there is no verdict\n');
    process.exit(130);
  });
  try {
    await doTask(seeded);
  } catch (error) {
    if (error instanceof WorldError) throw new ExitError(EXIT.unable, error.message);
    throw error;
  }
}

async function doTask(args: SeededArguments): Promise<void> {
  switch (args.task) {
    case 'start':
      return (await import('./start.ts')).startExercise(args);
    case 'attack':
      return (await import('./attack.ts')).showAttacks(args);
    case 'check':
      return (await import('./check.ts')).checkExercise(args);
    case 'demo':
      return (await import('./demo.ts')).showDemonstration(args);
    default:
      return (await import('./list.ts')).listExercises(args);
  }
}
