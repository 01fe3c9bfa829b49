import { stepText } from '../../plan/print.ts';
import type { Step } from '../../plan/step.ts';
import { COMMAND_LINE } from '../../policy/command-line.ts';
import type { StepName } from '../../supervisor/assignment.ts';

/** Returns the name of a step in events. A place on the command line has no line number. */
export function stepName(step: Step): StepName {
  const { source } = step;
  return {
    text: stepText(step),
    call: step.verb === 'call' ? step.call : step.verb,
    file: source?.file,
    line: source?.file === COMMAND_LINE ? undefined : source?.line,
  };
}
