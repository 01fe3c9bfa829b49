import type { Architecture } from './architecture.ts';
import { SYSTEM_CALLS } from './generated/system-calls.ts';
import type { SystemCall, SystemCallArgument } from './system-call.ts';

const BY_NAME: ReadonlyMap<string, SystemCall> = new Map(SYSTEM_CALLS.map((call) => [call.name, call]));

function namesByNumber(architecture: Architecture): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const call of SYSTEM_CALLS) {
    const number = call[architecture];
    if (number !== undefined) names.set(number, call.name);
  }
  return names;
}

const BY_NUMBER: Readonly<Record<Architecture, ReadonlyMap<number, string>>> = {
  x86_64: namesByNumber('x86_64'),
  aarch64: namesByNumber('aarch64'),
};

/** Every name that Linux uses on some architecture. */
export const SYSTEM_CALL_NAMES: readonly string[] = SYSTEM_CALLS.map((call) => call.name);

/** Returns whether Linux has a call of this name on any architecture. */
export function isSystemCall(name: string): boolean {
  return BY_NAME.has(name);
}

/** The number of a call; `undefined` where the architecture does not have it. */
export function syscallNumber(name: string, architecture: Architecture): number | undefined {
  return BY_NAME.get(name)?.[architecture];
}

/** The name of a call number; `undefined` for a number without a call. */
export function syscallName(number: number, architecture: Architecture): string | undefined {
  return BY_NUMBER[architecture].get(number);
}

/** All numbers that an architecture uses, with their names. */
export function syscallNumbers(architecture: Architecture): ReadonlyMap<number, string> {
  return BY_NUMBER[architecture];
}

/** The arguments in the order of the registers; `undefined` when the prototype is not known. */
export function syscallArguments(
  name: string,
  architecture: Architecture,
): readonly SystemCallArgument[] | undefined {
  const call = BY_NAME.get(name);
  return (architecture === 'aarch64' ? call?.argsAarch64 : undefined) ?? call?.args;
}
