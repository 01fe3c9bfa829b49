import { type Difference, type Direction, diffFilters } from '../../seccomp/diff/diff-filters.ts';
import { type DifferenceText, differenceTexts } from '../../seccomp/diff/diff-text.ts';
import { TooComplexToSayError } from '../../seccomp/lift/too-complex.ts';
import { Diagrams } from '../../seccomp/prove/diagram.ts';
import { TooLargeToProveError } from '../../seccomp/prove/too-large.ts';
import { EXIT, ExitError } from '../exit.ts';
import { machine } from '../filters/convert-result.ts';
import { readDecision } from '../filters/read-decision.ts';

export interface DifferencesArguments {
  readonly before: string;
  readonly after: string;
  readonly architecture: string | undefined;
  readonly atMost: boolean;
  readonly json: boolean;
}

/** Compares two filters and prints where they differ. Ends with findings when the second is wider. */
export function printDifferences({ before, after, architecture, atMost, json }: DifferencesArguments): void {
  const own = machine(architecture);
  const diagrams = new Diagrams();
  const differences = comparable(() => {
    const [first, second] = [
      readDecision(diagrams, before, own, after),
      readDecision(diagrams, after, own, before),
    ];
    return first === undefined || second === undefined ? [] : diffFilters(diagrams, first, second);
  });
  const shown = differences.filter(({ direction }) => !atMost || direction === 'wider');
  const texts = differenceTexts(shown, own);
  process.stdout.write(json ? `${JSON.stringify(texts, null, 2)}\n` : sections(texts, before, after));
  if (isWider(differences)) throw new ExitError(EXIT.findings, '');
}

function isWider(differences: readonly Difference[]): boolean {
  return differences.some(({ direction }) => direction === 'wider');
}

/** Filters that are too large or too odd to be compared are no mistake, but give no answer. */
function comparable<Value>(compare: () => Value): Value {
  try {
    return compare();
  } catch (error) {
    if (error instanceof TooComplexToSayError || error instanceof TooLargeToProveError)
      throw new ExitError(EXIT.usage, `the filters cannot be compared: ${error.message}`);
    throw error;
  }
}

const DIRECTIONS: readonly Direction[] = ['wider', 'narrower', 'otherwise'];

function sections(texts: readonly DifferenceText[], before: string, after: string): string {
  const headings: Readonly<Record<Direction, string>> = {
    wider: `${after} is wider than ${before}:`,
    narrower: `${after} is narrower than ${before}:`,
    otherwise: `${after} answers otherwise than ${before}:`,
  };
  return DIRECTIONS.flatMap((direction) => {
    const lines = texts.filter((text) => text.direction === direction).flatMap(differenceLines);
    return lines.length === 0 ? [] : [`${headings[direction]}\n${lines.join('')}`];
  }).join('\n');
}

const WIDTH = 100;

/** The answers, then the calls below them, as many on a line as fit. */
function differenceLines({ calls, before, after, architecture, from }: DifferenceText): readonly string[] {
  const where = [architecture, from === undefined ? undefined : `from ${from}`].filter(
    (text) => text !== undefined,
  );
  const lines: string[] = [];
  let line = '';
  for (const call of calls) {
    const longer = line === '' ? call : `${line}, ${call}`;
    if (line !== '' && longer.length > WIDTH) {
      lines.push(`${line},`);
      line = call;
    } else line = longer;
  }
  const note = where.length === 0 ? '' : ` (${where.join(', ')})`;
  return [`  ${after}, was ${before}${note}:\n`, ...[...lines, line].map((text) => `    ${text}\n`)];
}
