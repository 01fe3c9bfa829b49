import { addressesOf } from '../../lab/addresses.ts';
import { attackNaive } from '../../lab/attack.ts';
import type { Attack, Exercise } from '../../lab/exercise.ts';
import type { AttackResult } from '../../lab/result.ts';
import { isRootHere } from '../../lab/run-job.ts';
import { visible } from '../../policy/visible-text.ts';
import { EXIT, ExitError } from '../exit.ts';
import { findExercise } from './exercises.ts';
import { progress } from './progress.ts';
import type { SeededArguments } from './run-lab.ts';
import { StudentDirectory } from './student.ts';

/** Runs the attacks that a student may see against the naive inetd, and prints what each gained. */
export async function showAttacks({
  exercise: number,
  directory: named,
  seed,
  json,
}: SeededArguments): Promise<void> {
  const whole = findExercise(number);
  refuseWithoutRoot(whole);
  const exercise = { ...whole, attacks: whole.attacks.filter(({ hidden }) => !hidden) };
  const directory = new StudentDirectory(exercise, named);
  const { canary } = directory;
  const secret = canary === undefined ? {} : { canary };
  const shown = progress(json);
  const result = await attackNaive({ exercise, seed, ...secret, onProgress: shown.show });
  shown.clear();
  if (json)
    process.stdout.write(`${JSON.stringify({ exercise: exercise.number, seed, ...result }, null, 2)}\n`);
  if (result.failed !== undefined) throw new ExitError(EXIT.unable, `the naive inetd: ${result.failed}`);
  if (!json) {
    printAttacks(exercise, result.attacks, addressesOf(exercise, seed));
    process.stdout.write(`\nThe check tries more attacks than these.\n${whatToType(directory)}\n`);
  }
  if (!result.attacks.some(({ reached }) => reached))
    throw new ExitError(EXIT.unable, 'no attack works on this machine: the exercise does not count here');
}

/** Worlds without root have one user, where an attack on another user's files shows nothing. */
export function refuseWithoutRoot({ number, needs }: Exercise): void {
  if (needs.includes('root') && !isRootHere())
    throw new ExitError(
      EXIT.unable,
      `exercise ${number} has several users, which only root can make: begin with sudo`,
    );
}

function printAttacks(
  exercise: Exercise,
  results: readonly AttackResult[],
  addresses: ReadonlyMap<string, string>,
): void {
  const options = exercise.inetd.options.map((option) => ` ${option}`).join('');
  const words = [
    exercise.service.port,
    'tcp',
    exercise.inetd.wait ? 'wait' : 'nowait',
    ...exercise.service.run,
  ];
  process.stdout.write(`The naive inetd${options} serves: ${words.join(' ')}\n`);
  for (const { name, reached, evidence } of results) {
    const attack = exercise.attacks.find((each) => each.name === name);
    process.stdout.write(`\n${name}\n`);
    if (attack !== undefined) process.stdout.write(`  sends   ${sent(attack, addresses.get(name) ?? '')}\n`);
    process.stdout.write(
      `  ${reached ? 'gained' : 'failed'}  ${evidence.map(visible).join('\n          ')}\n`,
    );
  }
}

function whatToType(directory: StudentDirectory): string {
  return directory.isStarted
    ? `Now edit ${directory.policy}, then type: ${directory.command('check')}`
    : `Now type: ${directory.command('start')}`;
}

function sent({ connections, sources, send }: Attack, from: string): string {
  const count = connections === 1 ? 'one connection' : `${connections} connections`;
  const places = sources === 1 ? from : `${sources} addresses from ${from} on`;
  const lines = send.length === 0 ? 'nothing' : send.map((line) => `"${line}"`).join(', ');
  return `${lines}, by ${count} from ${places}`;
}
