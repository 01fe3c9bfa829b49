import { checkInstructions } from '../../bpf/check-instructions.ts';
import { decodeProgram } from '../../bpf/decode-program.ts';
import type { Program } from '../../bpf/instruction.ts';
import { actionText } from '../../language/action-text.ts';
import { liftRules } from '../../lift/lift-rules.ts';
import { TooComplexToSayError } from '../../lift/too-complex.ts';
import { Diagrams } from '../../prove/diagram.ts';
import { programDiagram } from '../../prove/program-diagram.ts';
import { stackDiagram } from '../../prove/stack.ts';
import { TooLargeToProveError } from '../../prove/too-large.ts';
import { checkedImport } from '../import-seccomp.ts';
import type { ImportedFilter, Importer } from '../imported.ts';
import { Problems } from '../problems.ts';

/** Reads a program in the kernel's form, and writes its answer to every call in rules. */
export const importBpf: Importer = (source, { architecture }) => {
  const problems = new Problems();
  const program = typeof source === 'string' ? undefined : readProgram(source, problems);
  if (typeof source === 'string') {
    problems.error(
      'bpf-bytes',
      'a raw program is bytes, found text',
      undefined,
      "a listing is made into one by 'portcullis bpf asm'",
    );
  }
  const filter = program && lifted({ ...program, architecture }, problems);
  return filter === undefined
    ? { filter: undefined, diagnostics: problems.diagnostics }
    : checkedImport(filter, architecture, problems);
};

function readProgram(bytes: Uint8Array, problems: Problems): Omit<Program, 'architecture'> | undefined {
  // No field of the program names its machine.
  const decoded = decodeProgram(bytes, 'x86_64');
  if (!decoded.ok) {
    problems.error('bpf-size', decoded.message, undefined, decoded.help);
    return undefined;
  }
  const refused = checkInstructions(decoded.program);
  for (const { code, instruction, message, help } of refused) {
    const where = instruction === undefined ? '' : `instruction ${instruction}: `;
    problems.error(code, `${where}${message}`, undefined, help);
  }
  return refused.length === 0 ? decoded.program : undefined;
}

function lifted(program: Program, problems: Problems): ImportedFilter | undefined {
  try {
    const diagrams = new Diagrams();
    const answers = stackDiagram(diagrams, [programDiagram(diagrams, program)]);
    const { default: fallback, rules, losses } = liftRules(diagrams, answers, program.architecture);
    for (const loss of losses) problems.loss('bpf-unsayable', loss, undefined);
    return { default: actionText(fallback), rules: rules.map((text) => ({ text, comment: undefined })) };
  } catch (error) {
    if (!(error instanceof TooComplexToSayError || error instanceof TooLargeToProveError)) throw error;
    problems.error('bpf-too-complex', error.message, undefined);
    return undefined;
  }
}
