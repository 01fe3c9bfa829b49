import { type Diagnostic, hasErrors } from '../../../policy/diagnostic.ts';
import type { Imported, ImportOptions } from '../imported.ts';
import { restrictionLayers } from './layers.ts';
import { lostHere, lostOnTheWay } from './losses.ts';
import { mergeLayers } from './merge-layers.ts';
import { isFilterDirective, RestrictionsReader } from './read-restrictions.ts';
import { type Assignment, readUnitFile } from './unit-file.ts';

/** The sections whose programs systemd confines. */
const SECTIONS: readonly string[] = ['Service', 'Socket', 'Mount', 'Swap'];

/**
 * Reads the filters of a unit file, or of a list of its directives: the stack of filters that systemd 252 would make of
 * them, as one list of rules. Directives that are no filters are reported where they confine, and otherwise left alone.
 */
export function importSystemd(source: string | Uint8Array, options: ImportOptions): Imported {
  const text = textOf(source);
  if (text === undefined) {
    const help = 'give a unit file, a drop-in or a list of directives as text';
    return failed([
      {
        code: 'unit-syntax',
        severity: 'error',
        message: 'the file is not text in UTF-8',
        span: undefined,
        help,
      },
    ]);
  }
  const { assignments, diagnostics } = readUnitFile(text, options.file);
  const relevant = inSections(assignments, options.file);
  const reader = new RestrictionsReader();
  for (const assignment of relevant.assignments) {
    if (isFilterDirective(assignment.key.text)) reader.assign(assignment);
  }
  const problems = [...diagnostics, ...relevant.diagnostics, ...reader.diagnostics];
  const restrictions = reader.result;
  const layers = restrictionLayers(restrictions, options.architecture);
  if (layers.length === 0 && !hasErrors(problems)) {
    const span = relevant.assignments[0]?.key.span;
    const message = 'no directive of the file is a filter of system calls';
    const help =
      'filters are SystemCallFilter=, RestrictAddressFamilies=, MemoryDenyWriteExecute= and others';
    return failed([...problems, { code: 'no-filter', severity: 'error', message, span, help }]);
  }
  if (hasErrors(problems)) return failed(problems);
  const filter = mergeLayers(layers, options.architecture);
  return {
    filter,
    diagnostics: [
      ...problems,
      ...lostHere(relevant.assignments),
      ...lostOnTheWay(restrictions, filter, options),
    ],
  };
}

function failed(diagnostics: readonly Diagnostic[]): Imported {
  return { filter: undefined, diagnostics };
}

function textOf(source: string | Uint8Array): string | undefined {
  if (typeof source === 'string') return source.includes('\0') ? undefined : source;
  try {
    return textOf(new TextDecoder('utf-8', { fatal: true }).decode(source));
  } catch {
    return undefined;
  }
}

/** The assignments that confine a program. A file without sections is a list of directives. */
function inSections(
  assignments: readonly Assignment[],
  file: string,
): { readonly assignments: readonly Assignment[]; readonly diagnostics: readonly Diagnostic[] } {
  if (assignments.every(({ section }) => section === undefined)) return { assignments, diagnostics: [] };
  const used = assignments.filter(({ section }) => section !== undefined && SECTIONS.includes(section));
  const sections = new Set(used.map(({ section }) => section));
  const diagnostics: Diagnostic[] = [];
  if (sections.size > 1) {
    const message = `a unit has one of the sections ${SECTIONS.join(', ')}; ${file} has ${[...sections].join(' and ')}`;
    const span = used.find(({ section }) => section !== used[0]?.section)?.key.span;
    diagnostics.push({
      code: 'unit-section',
      severity: 'error',
      message,
      span,
      help: 'import one unit at a time',
    });
  }
  for (const { section, key } of assignments) {
    if (!isFilterDirective(key.text) || (section !== undefined && SECTIONS.includes(section))) continue;
    const where = section === undefined ? 'above all sections' : `in [${section}]`;
    const message = `${key.text}= has no effect ${where}`;
    const help = `it belongs to one of ${SECTIONS.map((name) => `[${name}]`).join(', ')}`;
    diagnostics.push({ code: 'unit-section', severity: 'warning', message, span: key.span, help });
  }
  return { assignments: used, diagnostics };
}
