import { ARCHITECTURES, AUDIT_ARCH } from '../../kernel/architecture.ts';
import {
  argumentOffset,
  CALL_BYTES,
  OFFSET_ARCH,
  OFFSET_INSTRUCTION_POINTER,
  OFFSET_NR,
} from './instruction.ts';

/** Words of `struct seccomp_data`: the spelling of each offset in listings. */
const WORD_NAMES: ReadonlyMap<number, string> = new Map([
  [OFFSET_NR, 'nr'],
  [OFFSET_ARCH, 'arch'],
  [OFFSET_INSTRUCTION_POINTER, 'low(ip)'],
  [OFFSET_INSTRUCTION_POINTER + 4, 'high(ip)'],
  ...[0, 1, 2, 3, 4, 5].flatMap((argument): readonly [number, string][] => [
    [argumentOffset(argument), `low(arg${argument})`],
    [argumentOffset(argument) + 4, `high(arg${argument})`],
  ]),
]);

const OFFSETS: ReadonlyMap<string, number> = new Map([...WORD_NAMES].map(([offset, name]) => [name, offset]));

/** Returns the spelling of the word at an offset in listings; `undefined` where there is no word. */
export function wordName(offset: number): string | undefined {
  return WORD_NAMES.get(offset);
}

/** The offset of a word as listings spell it. */
export function wordOffset(name: string): number | undefined {
  return OFFSETS.get(name);
}

/** Returns the argument that has a half at an offset; `undefined` where no argument lies. */
export function argumentAt(offset: number): number | undefined {
  if (offset < argumentOffset(0) || offset >= CALL_BYTES) return undefined;
  return Math.floor((offset - argumentOffset(0)) / 8);
}

/** AUDIT_ARCH_* by the kernel's words, of machines that filters speak about. Source: include/uapi/linux/audit.h. */
const FOREIGN: readonly (readonly [string, number])[] = [
  ['i386', 0x4000_0003],
  ['arm', 0x4000_0028],
  ['mipsel64', 0xc000_0008],
  ['ppc64le', 0xc000_0015],
  ['s390x', 0x8000_0016],
  ['riscv64', 0xc000_00f3],
  ['loongarch64', 0xc000_0102],
];

const MACHINES: ReadonlyMap<string, number> = new Map([
  ...ARCHITECTURES.map((architecture): readonly [string, number] => [architecture, AUDIT_ARCH[architecture]]),
  ...FOREIGN,
]);

const MACHINE_NAMES: ReadonlyMap<number, string> = new Map(
  [...MACHINES].map(([name, value]) => [value, name]),
);

/** The machine that an AUDIT_ARCH_* value stands for. */
export function machineName(value: number): string | undefined {
  return MACHINE_NAMES.get(value);
}

/** The AUDIT_ARCH_* value of a machine. */
export function machineValue(name: string): number | undefined {
  return MACHINES.get(name);
}
