import { styleText } from 'node:util';
import type { Finding } from '../../host/findings/finding.ts';
import { usesColor } from './uses-color.ts';

const TONES = { ok: 'green', note: 'yellow', missing: 'red' } as const;

/** Prints findings for people: a line for each good one, the others with their reason and fix; then a count. */
export function printFindings(findings: readonly Finding[], stream: NodeJS.WriteStream): void {
  const color = usesColor(stream);
  const widest = Math.max(...findings.map(({ id }) => id.length));
  for (const { id, level, what, why, fix } of findings) {
    const shown = level.padEnd(7);
    const painted = color ? styleText(TONES[level], shown, { validateStream: false }) : shown;
    stream.write(`${painted}  ${id.padEnd(widest)}  ${what}\n`);
    if (fix === undefined) continue;
    const indent = ' '.repeat(widest + 11);
    stream.write(`${indent}why: ${why}\n${indent}fix: ${fix}\n`);
  }
  const count = (wanted: Finding['level']): number => findings.filter(({ level }) => level === wanted).length;
  stream.write(`\n${count('missing')} missing, ${count('note')} to note, ${count('ok')} ok\n`);
}
