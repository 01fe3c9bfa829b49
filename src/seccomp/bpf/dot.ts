import type { Action } from '../action.ts';
import type { Block } from './blocks.ts';

/** Returns the color of an answer in a drawing: warm for denials, green for calls that happen. */
export function answerColor(answer: Action | undefined): string {
  switch (answer?.kind) {
    case undefined:
      return '#ffffff';
    case 'allow':
      return '#d9f2d9';
    case 'log':
    case 'trace':
    case 'user_notif':
      return '#e3ecfa';
    case 'errno':
      return '#fdf0d0';
    default:
      return '#fadcd9';
  }
}

/** The blocks of a program in the language of Graphviz. */
export function dotGraph(blocks: readonly Block[]): string {
  const lines = blocks.flatMap(({ first, lines: text, answer, next }) => [
    `  b${first} [label="${text.map((line) => `${escaped(line)}\\l`).join('')}", fillcolor="${answerColor(answer)}"];`,
    ...next.map(({ to, when }) => `  b${first} -> b${to}${when === 'always' ? '' : ` [label="${when}"]`};`),
  ]);
  return [
    'digraph filter {',
    '  node [shape=box, style=filled, fontname="monospace", fontsize=10];',
    '  edge [fontname="monospace", fontsize=9];',
    ...lines,
    '}',
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
