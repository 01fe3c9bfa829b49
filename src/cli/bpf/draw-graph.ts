import { blocksOf, dotGraph } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { writeOutput } from '../print/write-output.ts';
import { readPrograms, requireLegal } from './read-programs.ts';
import { svgGraph } from './svg-graph.ts';

export interface GraphArguments {
  readonly files: readonly string[];
  readonly architecture: string | undefined;
  readonly output: string | undefined;
  readonly svg: boolean;
  readonly json: boolean;
}

/** Draws the ways through a program: in the language of Graphviz, as a picture, or as data. */
export function drawGraph({ files, architecture, output, svg, json }: GraphArguments): void {
  if (svg && json) throw new ExitError(EXIT.usage, "'--svg' and '--json' are two forms of the same graph");
  const programs = readPrograms(files, architecture);
  const [{ program }, second] = programs;
  if (second !== undefined) throw new ExitError(EXIT.usage, 'a graph shows one program; name one filter');
  requireLegal(programs);
  const blocks = blocksOf(program);
  const text = json ? `${JSON.stringify(blocks, null, 2)}\n` : svg ? svgGraph(blocks) : dotGraph(blocks);
  writeOutput(output, text);
}
