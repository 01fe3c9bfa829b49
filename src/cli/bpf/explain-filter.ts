import { type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { seccompSection } from '../../seccomp/convert/import-seccomp.ts';
import { actionText, type Program } from '../../seccomp/index.ts';
import { type LiftedRules, liftRules } from '../../seccomp/lift/lift-rules.ts';
import { TooComplexToSayError } from '../../seccomp/lift/too-complex.ts';
import { Diagrams } from '../../seccomp/prove/diagram.ts';
import { programDiagram } from '../../seccomp/prove/program-diagram.ts';
import { stackDiagram } from '../../seccomp/prove/stack.ts';
import { TooLargeToProveError } from '../../seccomp/prove/too-large.ts';
import { EXIT, ExitError } from '../exit.ts';
import { writeOutput } from '../print/write-output.ts';
import { readPrograms, requireLegal } from './read-programs.ts';

export interface ExplainArguments {
  readonly files: readonly string[];
  readonly architecture: string | undefined;
  readonly output: string | undefined;
  readonly json: boolean;
}

/**
 * Prints the effect of several programs together as a policy's `seccomp` section; parts that rules cannot express stand
 * above it.
 */
export function explainFilter({ files, architecture, output, json }: ExplainArguments): void {
  const programs = readPrograms(files, architecture);
  requireLegal(programs);
  const [{ program: first }] = programs;
  const {
    default: fallback,
    rules,
    losses,
  } = lifted(
    programs.map(({ program }) => program),
    first.architecture,
  );
  if (json) {
    const data = { architecture: first.architecture, default: actionText(fallback), rules, losses };
    writeOutput(output, `${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  const heading = [
    `Calls of ${first.architecture}, arch 0x${AUDIT_ARCH[first.architecture].toString(16)}.`,
    ...losses.map((loss) => `Not said: ${loss}.`),
  ];
  const imported = {
    default: actionText(fallback),
    rules: rules.map((text) => ({ text, comment: undefined })),
  };
  writeOutput(output, seccompSection(imported, heading));
}

function lifted(programs: readonly Program[], architecture: Architecture): LiftedRules {
  const diagrams = new Diagrams();
  try {
    const newestFirst = programs.map((program) => programDiagram(diagrams, program)).reverse();
    return liftRules(diagrams, stackDiagram(diagrams, newestFirst), architecture);
  } catch (error) {
    if (error instanceof TooComplexToSayError || error instanceof TooLargeToProveError)
      throw new ExitError(EXIT.findings, `the filter cannot be said in rules: ${error.message}`);
    throw error;
  }
}
