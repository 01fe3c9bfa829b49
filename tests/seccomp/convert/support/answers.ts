import { AUDIT_ARCH } from '../../../../src/kernel/architecture.ts';
import { syscallNumber } from '../../../../src/kernel/system-calls.ts';
import { importedFilter } from '../../../../src/seccomp/convert/import-seccomp.ts';
import type { Imported, ImportOptions } from '../../../../src/seccomp/convert/imported.ts';
import { actionText, compileFilter, decodeAction, simulate } from '../../../../src/seccomp/index.ts';

export const X86_64: ImportOptions = {
  file: 'source',
  architecture: 'x86_64',
  capabilities: new Set(),
  kernel: undefined,
};

/** What the compiled import answers to a call, as a rule spells it. Throws when there is none. */
export function answers(imported: Imported): (call: string | number, args?: readonly bigint[]) => string {
  const { filter, diagnostics } = imported;
  if (filter === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const resolved = importedFilter(filter, 'x86_64');
  if (resolved.diagnostics.length > 0)
    throw new Error(resolved.diagnostics.map(({ message }) => message).join('; '));
  const program = compileFilter(resolved.filter);
  return (call, args = []) => {
    const nr = typeof call === 'number' ? call : syscallNumber(call, 'x86_64');
    if (nr === undefined) throw new Error(`no call ${call}`);
    return actionText(decodeAction(simulate(program, { arch: AUDIT_ARCH.x86_64, nr, args })));
  };
}

/** Every call of a table with its answer: `write 1 0x20` -> `allow`. */
export function checkTable(
  imported: Imported,
  table: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const answer = answers(imported);
  return Object.fromEntries(
    Object.keys(table).map((line) => {
      const [call = '', ...args] = line.split(' ');
      return [
        line,
        answer(
          /^[0-9]+$/.test(call) ? Number(call) : call,
          args.map((text) => registers(text)),
        ),
      ];
    }),
  );
}

/** A register as the table writes it; `-1` is sign-extended. */
function registers(text: string): bigint {
  return BigInt.asUintN(64, BigInt(text));
}

/** What an import says, with its places, as a golden file holds it. */
export function said({ diagnostics }: Imported): readonly string[] {
  return diagnostics.map(({ severity, code, message, span, help }) => {
    const place = span === undefined ? '-' : `${span.file}:${span.line}:${span.column}+${span.length}`;
    return `${place} ${severity} ${code}: ${message}${help === undefined ? '' : ` | ${help}`}`;
  });
}
