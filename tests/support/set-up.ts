import { readFileSync } from 'node:fs';
import { runWithBusybox } from './static-busybox.ts';

/** Runs the commands that the comment at the head of a policy gives for its data: what is written there is what works. */
export function setUp(policy: string): void {
  const [head = ''] = readFileSync(policy, 'utf8').split(/^(?!#)/m);
  const commands = [...head.matchAll(/^# {3}(.*)$/gm)].map(([, command = '']) => command);
  if (commands.length === 0)
    throw new Error(`${policy} does not begin with commands, lines of '#' and three blanks`);
  runWithBusybox(`umask 022\n${commands.join('\n')}`);
}
