import { ErrnoError } from '../../host/libc.ts';
import { readLiveFilters } from '../../host/live-filters.ts';
import type { Architecture } from '../../kernel/architecture.ts';
import { hasErrors } from '../../policy/diagnostic.ts';
import { visible } from '../../policy/visible-text.ts';
import { decodeProgram } from '../../seccomp/bpf/decode-program.ts';
import type { Program } from '../../seccomp/bpf/instruction.ts';
import { checkInstructions, type Filter } from '../../seccomp/index.ts';
import type { Diagram, Diagrams } from '../../seccomp/prove/diagram.ts';
import { programDiagram } from '../../seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../seccomp/prove/rules-diagram.ts';
import { stackDiagram } from '../../seccomp/prove/stack.ts';
import { EXIT, ExitError } from '../exit.ts';
import { reportDiagnostics } from '../print/report.ts';
import { readSourceFile } from './convert-result.ts';
import { readFilter, sessionFilter } from './read-filter.ts';

const PROCESS = /^pid:([1-9][0-9]{0,9})$/;
const POLICY = /\.ya?ml$/;

/**
 * What the kernel does under a policy's filter (`NAME.yaml`), under all filters of a live process (`pid:1234`), or under
 * a raw program (any other file). What cannot be read ends the command.
 */
export function readDecision(diagrams: Diagrams, name: string, architecture: Architecture): Diagram {
  const pid = PROCESS.exec(name)?.[1];
  const decided =
    pid !== undefined
      ? readProcess(diagrams, Number(pid), architecture)
      : POLICY.test(name)
        ? [rulesDiagram(diagrams, readPolicy(name, architecture))]
        : [programDiagram(diagrams, readProgram(name, readSourceFile(name), architecture))];
  return stackDiagram(diagrams, decided);
}

function readPolicy(file: string, architecture: Architecture): Filter {
  const read = readFilter(file, architecture, 'launched');
  reportDiagnostics(read.diagnostics, read.texts, process.stderr);
  const filter = sessionFilter(read);
  if (filter === undefined || hasErrors(read.diagnostics)) throw new ExitError(EXIT.usage, '');
  return filter;
}

function readProcess(diagrams: Diagrams, pid: number, architecture: Architecture): readonly Diagram[] {
  try {
    return readLiveFilters(pid).map((bytes, index) =>
      programDiagram(diagrams, readProgram(`filter ${index} of process ${pid}`, bytes, architecture)),
    );
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    const help =
      error.call === 'ptrace'
        ? 'a process can be read by root with CAP_SYS_ADMIN, while nobody else traces it'
        : 'it may have ended meanwhile';
    throw new ExitError(EXIT.usage, `cannot read the filters of process ${pid}: ${error.message}; ${help}`);
  }
}

function readProgram(name: string, bytes: Uint8Array, architecture: Architecture): Program {
  const decoded = decodeProgram(bytes, architecture);
  if (!decoded.ok) throw new ExitError(EXIT.usage, `${visible(name)}: ${decoded.message}; ${decoded.help}`);
  const [problem] = checkInstructions(decoded.program);
  if (problem !== undefined)
    throw new ExitError(EXIT.usage, `${visible(name)}: the kernel refuses this program: ${problem.message}`);
  return decoded.program;
}
