import { ARCHITECTURES, type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { syscallArguments, syscallName } from '../../kernel/system-calls.ts';
import type { CallData } from '../bpf/simulate.ts';
import { actionText } from '../language/action-text.ts';
import type { Difference } from './prove-filter.ts';

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/** The call of a difference: its name, or its number, and the arguments that it has, in hexadecimal. */
export function callText(call: Required<CallData>): string {
  const architecture = ARCHITECTURES.find((candidate) => AUDIT_ARCH[candidate] === call.arch);
  const place = call.instructionPointer === 0n ? '' : ` from ${hex(call.instructionPointer)}`;
  const shown = architecture === undefined ? foreignCall(call) : ownCall(call, architecture);
  return `${shown}${place}`;
}

function foreignCall({ arch, nr, args }: Required<CallData>): string {
  return `number ${hex(nr)} of architecture ${hex(arch)} (${args.map(hex).join(', ')})`;
}

/** Registers beyond those that the call has are shown where they are not 0. */
function ownCall({ nr, args }: Required<CallData>, architecture: Architecture): string {
  const name = syscallName(nr, architecture);
  const names = name === undefined ? undefined : syscallArguments(name, architecture);
  const used = names?.length ?? 6;
  const shown = args
    .map((value, index) => ({ value, index, name: names?.[index]?.name ?? `arg${index}` }))
    .filter(({ value, index }) => index < used || value !== 0n);
  return `${name ?? `number ${hex(nr)}`}(${shown.map((one) => `${one.name}=${hex(one.value)}`).join(', ')})`;
}

/** Writes the difference in one sentence. */
export function differenceText({ call, expected, found }: Difference): string {
  return `${callText(call)}: the rules say ${actionText(expected)}, the program answers ${actionText(found)}`;
}
