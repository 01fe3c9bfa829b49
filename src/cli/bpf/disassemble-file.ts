import { visible } from '../../policy/visible-text.ts';
import { checkInstructions, disassemble, listInstructions } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { writeOutput } from '../print/write-output.ts';
import { problemLine, readPrograms } from './read-programs.ts';

export interface DisassembleArguments {
  readonly files: readonly string[];
  readonly architecture: string | undefined;
  readonly output: string | undefined;
  readonly json: boolean;
}

/** Lists programs, those too that the kernel refuses: then the reasons follow, and the command ends with findings. */
export function disassembleFiles({ files, architecture, output, json }: DisassembleArguments): void {
  const programs = readPrograms(files, architecture);
  const problems = programs.map(({ program }) => checkInstructions(program));
  if (json) {
    const data = programs.map(({ name, program }, position) => {
      const listed = listInstructions(program);
      const instructions = program.instructions.map((instruction, index) => ({
        index,
        ...instruction,
        ...listed[index],
      }));
      return { file: name, architecture: program.architecture, instructions, problems: problems[position] };
    });
    writeOutput(output, `${JSON.stringify(data, null, 2)}\n`);
  } else {
    const several = programs.length > 1;
    const texts = programs.map(
      ({ name, program }) => `${several ? `# ${visible(name)}\n` : ''}${disassemble(program).join('\n')}\n`,
    );
    writeOutput(output, texts.join('\n'));
    const lines = programs.flatMap(({ name }, index) =>
      (problems[index] ?? []).map((problem) => problemLine(name, problem)),
    );
    process.stderr.write(lines.join(''));
  }
  if (problems.some((each) => each.length > 0)) throw new ExitError(EXIT.findings, '');
}
