import { hasErrors } from '../../../policy/diagnostic.ts';
import { finishedImport } from '../import-seccomp.ts';
import type { Importer } from '../imported.ts';
import { Problems } from '../problems.ts';
import { sourceText } from '../source-text.ts';
import { restrictionLayers } from './layers.ts';
import { reportBeside, reportOtherArchitectures } from './losses.ts';
import { mergeLayers } from './merge-layers.ts';
import { isFilterDirective, RestrictionsReader } from './read-restrictions.ts';
import { type Assignment, readUnitFile } from './unit-file.ts';

/** The sections whose programs systemd confines. */
const SECTIONS: readonly string[] = ['Service', 'Socket', 'Mount', 'Swap'];

/**
 * Reads the filters of a unit file, of a drop-in or of a list of directives: the stack of filters that systemd 252 would
 * make of them, as one list of rules. Directives that confine without a filter are reported; all others are left alone.
 */
export const importSystemd: Importer = (source, { file, architecture }) => {
  const problems = new Problems();
  const text = sourceText(source, problems);
  if (text === undefined) return { filter: undefined, diagnostics: problems.diagnostics };
  const assignments = confining(readUnitFile(text, file, problems), problems);
  const reader = new RestrictionsReader(problems);
  for (const assignment of assignments) {
    if (isFilterDirective(assignment.key.text)) reader.assign(assignment);
  }
  const restrictions = reader.result;
  const layers = restrictionLayers(restrictions, architecture);
  if (layers.length === 0 && !hasErrors(problems.diagnostics)) {
    const message = 'no directive of the file makes a filter of system calls';
    const help =
      'filters are SystemCallFilter=, RestrictAddressFamilies=, MemoryDenyWriteExecute= and others';
    problems.error('no-filter', message, assignments[0]?.key.span, help);
  }
  if (hasErrors(problems.diagnostics)) return { filter: undefined, diagnostics: problems.diagnostics };
  reportBeside(assignments, problems);
  reportOtherArchitectures(restrictions, architecture, problems);
  const { filter, fallback } = mergeLayers(layers, architecture);
  const place = restrictions.calls?.span ?? restrictions.logged?.span ?? assignments[0]?.key.span;
  return finishedImport(filter, fallback, architecture, place, problems);
};

/** The assignments that confine a program. A file without sections is a list of directives. */
function confining(assignments: readonly Assignment[], problems: Problems): readonly Assignment[] {
  if (assignments.every(({ section }) => section === undefined)) return assignments;
  const used = assignments.filter(({ section }) => section !== undefined && SECTIONS.includes(section));
  const second = used.find(({ section }) => section !== used[0]?.section);
  const list = SECTIONS.map((name) => `[${name}]`).join(', ');
  if (second !== undefined) {
    const message = `a unit has one of the sections ${list}; this one has [${used[0]?.section}] and [${second.section}]`;
    problems.error('unit-section', message, second.key.span, 'import one unit at a time');
  }
  for (const { section, key } of assignments) {
    if (!isFilterDirective(key.text) || (section !== undefined && SECTIONS.includes(section))) continue;
    const where = section === undefined ? 'above all sections' : `in [${section}]`;
    problems.loss(
      'unit-section',
      `${key.text}= has no effect ${where}`,
      key.span,
      `it belongs to one of ${list}`,
    );
  }
  return used;
}
