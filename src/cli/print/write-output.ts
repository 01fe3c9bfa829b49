import { writeFileSync } from 'node:fs';
import { EXIT, ExitError } from '../exit.ts';
import { writeProblem } from './write-problem.ts';

/** Writes a result to a file, or to standard output when none is named. Bytes are not printed on a terminal. */
export function writeOutput(output: string | undefined, content: string | Uint8Array): void {
  if (output === undefined || output === '-') {
    if (typeof content !== 'string' && process.stdout.isTTY)
      throw new ExitError(EXIT.usage, 'the result is bytes, not text: name a file for it with --output OUT');
    process.stdout.write(content);
    return;
  }
  try {
    writeFileSync(output, content);
  } catch (error) {
    throw new ExitError(EXIT.usage, `cannot write '${output}': ${writeProblem(error)}`);
  }
}
