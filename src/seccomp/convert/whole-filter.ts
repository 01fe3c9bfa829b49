import { syscallNumber } from '../../kernel/system-calls.ts';
import { precedence } from '../action-value.ts';
import type { Filter } from '../filter.ts';
import type { Problems } from './problems.ts';
import { disjointRegions, type Region } from './regions.ts';

/** Returns the regions of a filter for a form that names calls by their names. Calls without a name are reported. */
export function namedRegions(filter: Filter, problems: Problems): readonly Region[] {
  if (filter.overrides.length > 0 || filter.scope !== undefined) {
    const message = 'this filter is a part of one that a gate loads; only a whole one can be written';
    problems.error('export-part', message, undefined);
  }
  return disjointRegions(filter, problems).filter(({ call, action, source }) => {
    if (syscallNumber(call, filter.architecture) !== undefined) return true;
    if (precedence(action) >= precedence(filter.default)) {
      problems.loss('export-number', `${call} has no name, and is left out: it gets the default`, source);
    } else {
      const help = 'let the default deny what has no name';
      problems.error('export-number', `${call} has no name, so that this form cannot deny it`, source, help);
    }
    return false;
  });
}
