import { ARCHITECTURES, type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { type Instruction, OFFSET_ARCH } from './instruction.ts';
import { knownValues } from './known-values.ts';
import { operationOf } from './operation.ts';

/** The one architecture that a program lets pass its tests; `undefined` when it tests for none, or for several. */
export function testedArchitecture(instructions: readonly Instruction[]): Architecture | undefined {
  const known = knownValues(instructions);
  const tested = new Set<number>();
  for (const [index, { code, k }] of instructions.entries()) {
    const operation = operationOf(code);
    if (operation?.kind !== 'branch' || operation.test !== '==' || operation.operand !== 'k') continue;
    if (known[index]?.word === OFFSET_ARCH) tested.add(k);
  }
  const found = ARCHITECTURES.filter((architecture) => tested.has(AUDIT_ARCH[architecture]));
  return found.length === 1 ? found[0] : undefined;
}
