import { styleText } from 'node:util';
import type { CheckResult } from '../../lab/result.ts';
import { shellWord } from '../../policy/command-line.ts';
import { visible } from '../../policy/visible-text.ts';
import { usesColor } from '../print/uses-color.ts';

const TONES = { yes: 'green', otherwise: 'yellow', no: 'red', none: 'gray' } as const;
const INDENT = ' '.repeat(20);

/** Prints the verdicts for people, each with its evidence. */
export function printVerdicts(result: CheckResult, file: string, stream: NodeJS.WriteStream): void {
  const color = usesColor(stream);
  stream.write(`Exercise ${result.exercise}, ${result.title}: ${file}\n\n`);
  for (const name of ['control', 'stopped', 'layer', 'service'] as const) {
    const { verdict, evidence } = result[name];
    const shown = verdict.padEnd(9);
    const painted = color ? styleText(TONES[verdict], shown, { validateStream: false }) : shown;
    const lines = evidence.length === 0 ? ['not tried'] : evidence.map(visible);
    stream.write(`${name.padEnd(9)}${painted}  ${lines.join(`\n${INDENT}`)}\n`);
  }
  if (result.needless.length > 0)
    stream.write(`\nneedless            ${result.needless.map(visible).join(`\n${INDENT}`)}\n`);
  if (result.problem !== undefined) stream.write(`\nThe policy cannot be served:\n${result.problem}\n`);
  stream.write(`\n${conclusion(result)}\nRepeat this run with --seed ${shellWord(result.seed)}\n`);
}

function conclusion({ passed, unable, layer }: CheckResult): string {
  if (unable !== undefined) return `Cannot be done here, and does not count: ${unable}`;
  if (!passed) return 'Not passed.';
  return layer.verdict === 'otherwise'
    ? 'Passed. Another layer than that of the exercise stops the attack too.'
    : 'Passed.';
}
