import { AUDIT_ARCH } from '../../../../src/kernel/architecture.ts';
import type { Filter, Program } from '../../../../src/seccomp/index.ts';
import { actionText, assemble, decodeAction } from '../../../../src/seccomp/index.ts';
import { type Diagram, Diagrams } from '../../../../src/seccomp/prove/diagram.ts';
import { callText } from '../../../../src/seccomp/prove/difference-text.ts';
import { firstDifference } from '../../../../src/seccomp/prove/first-difference.ts';
import { programDiagram } from '../../../../src/seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../../../src/seccomp/prove/rules-diagram.ts';
import { moreRestrictive, stackDiagram } from '../../../../src/seccomp/prove/stack.ts';
import { type CallWords, wordsField } from '../../../../src/seccomp/prove/words.ts';

/**
 * Compares what filters answer to the calls that Linux has on their machine, for all arguments. Other machines and numbers without a
 * call are left out: there tools have answers of their own that no rule can change.
 */
export class NamedCalls {
  readonly #diagrams = new Diagrams();
  readonly #named: Diagram;

  constructor({ architecture, firstUnknown }: Pick<Filter, 'architecture' | 'firstUnknown'>) {
    const lines = [
      'A = arch',
      `if (A == ${AUDIT_ARCH[architecture]}) goto 2 else goto 5`,
      'A = nr',
      `if (A >= ${firstUnknown}) goto 5 else goto 4`,
      'return allow',
      'return kill_process',
    ];
    const assembled = assemble(lines.join('\n'), { file: 'named', architecture });
    if (assembled.program === undefined) throw new Error(JSON.stringify(assembled.diagnostics));
    this.#named = programDiagram(this.#diagrams, assembled.program);
  }

  ofFilter(filter: Filter): Diagram {
    return stackDiagram(this.#diagrams, [this.#named, rulesDiagram(this.#diagrams, filter)]);
  }

  ofProgram(program: Program): Diagram {
    return stackDiagram(this.#diagrams, [this.#named, programDiagram(this.#diagrams, program)]);
  }

  /** Programs that are installed one after the other. */
  stack(programs: readonly Program[]): Diagram {
    const newestFirst = programs.map((program) => programDiagram(this.#diagrams, program)).reverse();
    return stackDiagram(this.#diagrams, [this.#named, ...newestFirst]);
  }

  /** A call that two of them answer differently, in words; `undefined`: there is none. */
  difference(first: Diagram, second: Diagram): string | undefined {
    const words = firstDifference(this.#diagrams, first, second);
    return words && this.#text(words, first, second);
  }

  /** A call to which the second answers something less restrictive than the first, in words; `undefined`: there is none. */
  wider(first: Diagram, second: Diagram): string | undefined {
    const both = this.#diagrams.combine(moreRestrictive, second, first);
    const words = firstDifference(this.#diagrams, both, second);
    return words && this.#text(words, first, second);
  }

  #text(words: CallWords, first: Diagram, second: Diagram): string {
    const call = {
      nr: words[1] ?? 0,
      arch: words[0] ?? 0,
      instructionPointer: wordsField(words, 2),
      args: [4, 6, 8, 10, 12, 14].map((high) => wordsField(words, high)),
    };
    const [one, other] = [first, second].map((diagram) =>
      actionText(decodeAction(this.#diagrams.evaluate(diagram, words))),
    );
    return `${callText(call)}: ${one}, then ${other}`;
  }
}
