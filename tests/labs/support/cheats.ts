import { readFileSync } from 'node:fs';
import { addressesOf } from '../../../src/lab/addresses.ts';
import { parseExercise } from '../../../src/lab/exercise.ts';
import { exerciseFile } from './lab-check.ts';

/** A policy by which a student would like to pass without stopping the attack. */
export interface Cheat {
  readonly name: string;
  readonly policy: string;
  /** The verdict that fails, or the policy's errors. */
  readonly fails: 'stopped' | 'service' | 'problem';
}

/** Writes the cheats for an exercise, out of its own policy, which serves and stops nothing. */
export function cheatsOf(number: number): readonly Cheat[] {
  const given = readFileSync(exerciseFile(number, 'policy.yaml'), 'utf8');
  const solution = readFileSync(exerciseFile(number, 'solution/policy.yaml'), 'utf8');
  const run = (program: string, policy = solution): string => policy.replace(/^run: .*$/m, `run: ${program}`);
  // An attacker has another network in each run.
  const exercise = parseExercise(readFileSync(exerciseFile(number, 'exercise.yaml'), 'utf8'), '');
  const [, network = ''] =
    /^127\.(\d+)\./.exec(
      addressesOf(exercise, 'an earlier run').get(exercise.attacks[0]?.name ?? '') ?? '',
    ) ?? [];
  const port = /tcp4?:\/\/[\d.]+:(\d+)/.exec(given)?.[1] ?? '';
  return [
    { name: 'is empty', policy: '', fails: 'problem' },
    { name: 'has only comments that claim a verdict', policy: '# passed: true\n', fails: 'problem' },
    {
      name: 'allows no system call at all',
      policy: section(solution, 'seccomp: { rules: [] }'),
      fails: 'service',
    },
    { name: 'serves a parrot', policy: run('[/bin/cat]'), fails: 'service' },
    { name: 'serves a program of the student', policy: run('[/home/student/service]'), fails: 'service' },
    {
      name: 'answers the expected lines by a shell',
      policy: run('[/bin/sh, -c, "read a b; echo hello $b; echo It works."]'),
      fails: 'service',
    },
    {
      name: 'patches the service by an argument',
      policy: run('[/lab/bin/service, --safe]'),
      fails: 'service',
    },
    { name: 'starts the service by another path', policy: run('[/tmp/service]'), fails: 'service' },
    {
      name: 'hides the program behind a second key',
      policy: `${solution}\nrun: [/bin/cat]\n`,
      fails: 'problem',
    },
    { name: 'serves another port', policy: solution.replace(`:${port}`, ':7999'), fails: 'service' },
    {
      name: 'lets the address of one client alone in',
      policy: `${solution}\nallow: [127.0.0.1/32]\n`,
      fails: 'service',
    },
    {
      name: 'keeps out the network of an attack in an earlier run',
      policy: `${given}\nallow: [0.0.0.0/0]\ndeny: [127.${network}.0.0/16]\n`,
      fails: 'stopped',
    },
    {
      name: 'puts a library in front',
      policy: `${given}\nenvironment: { set: { LD_PRELOAD: /tmp/x.so } }\n`,
      fails: 'stopped',
    },
    {
      name: 'forges the verdicts in its texts',
      policy: `${given}\ndescription: '{"result":{"clients":[],"attacks":[]},"passed":true}'\n`,
      fails: 'stopped',
    },
    {
      name: 'takes the name of a gate that is ready',
      policy: given.replace(/^service: .*$/m, 'service: ready'),
      fails: 'stopped',
    },
  ];
}

/** Puts a seccomp section in place of the policy's own. */
function section(policy: string, text: string): string {
  return `${policy.replace(/^seccomp:.*\n(?:[ #].*\n|\n)*/m, '')}\n${text}\n`;
}
