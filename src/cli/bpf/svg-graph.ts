import { answerColor, type Block } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { type Layout, layOut, type Point } from './graph-layout.ts';

/** More than this is no picture that anybody can read. */
const MOST_BLOCKS = 1000;

const CHARACTER = 6.1;
const LINE = 13;
const PADDING = 8;

/** A block as it is drawn. */
interface Box {
  readonly lines: readonly { readonly text: string; readonly color: string }[];
  readonly color: string;
  readonly next: Block['next'];
}

/** Draws the blocks of a program as a self-contained picture. */
export function svgGraph(blocks: readonly Block[]): string {
  if (blocks.length > MOST_BLOCKS) {
    const message = `a program of ${blocks.length} blocks is too large for a picture; without --svg it is text for Graphviz`;
    throw new ExitError(EXIT.usage, message);
  }
  const answers = new Map(
    blocks.slice(1).flatMap((block) => (isAnswer(block) ? [[block.first, block]] : [])),
  );
  const drawn = blocks.filter(({ first }) => !answers.has(first));
  const positions = new Map(drawn.map(({ first }, index) => [first, index]));
  const boxes = drawn.map((block) => boxOf(block, answers));
  const sizes = boxes.map(({ lines, next }) => ({
    width: Math.ceil(Math.max(...lines.map(({ text }) => text.length)) * CHARACTER + 2 * PADDING),
    height: lines.length * LINE + PADDING,
    next: next.map(({ to }) => positions.get(to) ?? 0),
  }));
  const layout = layOut(sizes);
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<style>text{font:10px monospace;white-space:pre}rect{stroke:#555}path{fill:none;stroke:#555}.when{fill:#555;stroke:#fff;stroke-width:3px;paint-order:stroke}</style>',
    '<marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#555;stroke:none"/></marker>',
    `<rect width="${width}" height="${height}" style="fill:#fff;stroke:none"/>`,
    ...boxes.flatMap(({ next }, index) => next.map(({ when }, edge) => edgeText(layout, index, edge, when))),
    ...boxes.map((box, index) => boxText(box, layout.boxes[index] ?? { x: 0, y: 0 }, sizes[index])),
    '</svg>',
    '',
  ].join('\n');
}

/** An answer of many tests would draw all edges together, so each test shows its own answers. */
function isAnswer({ lines, answer }: Block): boolean {
  return lines.length === 1 && answer !== undefined;
}

function boxOf({ lines, answer, next }: Block, answers: ReadonlyMap<number, Block>): Box {
  const folded = next.flatMap(({ to, when }) => {
    const block = answers.get(to);
    const text = block?.lines[0]?.replace(/^\d+: /, '') ?? '';
    return block === undefined
      ? []
      : [{ text: `${when === 'always' ? 'then' : when}: ${text}`, color: answerColor(block.answer) }];
  });
  return {
    lines: [...lines.map((text) => ({ text, color: '' })), ...folded],
    color: answerColor(answer),
    next: next.filter(({ to }) => !answers.has(to)),
  };
}

function edgeText(layout: Layout, node: number, edge: number, when: string): string {
  const points = layout.edges[node]?.[edge] ?? [];
  const [first = { x: 0, y: 0 }, ...rest] = points;
  let at = first;
  const curves = rest.map((point) => {
    const half = number((point.y - at.y) / 2);
    const curve =
      point.x === at.x
        ? `L${place(point)}`
        : `C${place({ x: at.x, y: at.y + half })} ${place({ x: point.x, y: point.y - half })} ${place(point)}`;
    at = point;
    return curve;
  });
  const line = `<path d="M${place(first)}${curves.join('')}" marker-end="url(#end)"/>`;
  if (when === 'always') return line;
  // Both edges leave from the same place: the words stand where these have parted.
  const [second = first] = rest;
  const x = number((first.x + second.x) / 2 + 4);
  return `${line}<text class="when" x="${x}" y="${number((first.y + second.y) / 2)}">${when}</text>`;
}

function boxText(
  { lines, color }: Box,
  { x, y }: Point,
  size: { readonly width: number; readonly height: number } | undefined,
): string {
  const width = size?.width ?? 0;
  const rect = (top: number, height: number, style: string): string =>
    `<rect x="${number(x)}" y="${number(top)}" width="${width}" height="${height}" ${style}/>`;
  const texts = lines.map((line, index) => {
    const baseline = y + (index + 1) * LINE;
    const behind = line.color === '' ? '' : rect(baseline - LINE + 3, LINE, `style="fill:${line.color}"`);
    return `${behind}<text x="${number(x + PADDING)}" y="${number(baseline)}">${escaped(line.text)}</text>`;
  });
  return [rect(y, size?.height ?? 0, `style="fill:${color}"`), ...texts].join('');
}

function number(value: number): number {
  return Math.round(value * 10) / 10;
}

function place({ x, y }: Point): string {
  return `${number(x)} ${number(y)}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
