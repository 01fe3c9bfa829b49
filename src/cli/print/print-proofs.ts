import { actionText, callText, type Difference } from '../../seccomp/index.ts';
import type { ProvedPolicy } from '../filters/prove-policies.ts';

/** Prints the proofs of one policy, for people. */
export function printProofs(policy: ProvedPolicy, stream: NodeJS.WriteStream): void {
  const { file, architecture, proofs, milliseconds } = policy;
  stream.write(`${file}: proved for every call of ${architecture} and of every other machine\n`);
  const rows = proofs.map(({ launch, proved: { claim, proof } }) => [
    claim.about,
    launch ?? '',
    claim.programs.map(({ instructions }) => instructions.length).join(' + '),
    `${proof?.nodes ?? 0}`,
  ]);
  const header = ['confines', 'launched', 'instructions', 'nodes'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [header, ...rows])
    stream.write(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  stream.write(
    `  ${proofs.length} ${proofs.length === 1 ? 'proof' : 'proofs'} in ${Math.ceil(milliseconds)} ms\n`,
  );
}

/** The same as data; 64-bit numbers are text, in hexadecimal. */
export function proofsAsData({
  file,
  architecture,
  proofs,
  milliseconds,
  diagnostics,
}: ProvedPolicy): unknown {
  return {
    file,
    architecture,
    proved: diagnostics.length === 0,
    milliseconds: Math.ceil(milliseconds),
    proofs: proofs.map(({ launch, proved: { claim, proof, problem } }) => ({
      about: claim.about,
      launch,
      proved: problem === undefined,
      instructions: claim.programs.map(({ instructions }) => instructions.length),
      nodes: proof?.nodes,
      difference: proof?.difference && differenceAsData(proof.difference),
    })),
    problems: diagnostics,
  };
}

function differenceAsData({ call, expected, found, rule }: Difference): unknown {
  const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
  return {
    call: callText(call),
    arch: hex(call.arch),
    nr: hex(call.nr),
    instructionPointer: hex(call.instructionPointer),
    args: call.args.map(hex),
    rules: actionText(expected),
    program: actionText(found),
    rule: rule?.source,
  };
}
