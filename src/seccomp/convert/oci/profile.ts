import { syscallNumber } from '../../../kernel/system-calls.ts';
import { precedence } from '../../action-value.ts';
import { ENOSYS } from '../../decision.ts';
import type { Filter } from '../../filter.ts';
import type { Problems } from '../problems.ts';
import { disjointRegions, type Region } from '../regions.ts';
import { type ProfileEntry, profileEntries } from './profile-rules.ts';

/** The kernel has one more. */
const LARGEST_ERRNO = 4095;
const TOO_LARGE = `libseccomp, by which runtimes read profiles, takes no errno above ${LARGEST_ERRNO - 1}`;

/** set_mempolicy_home_node of Linux 5.17. A libseccomp in use may not know younger calls. Its number is the same everywhere. */
const LAST_KNOWN = 450;

/**
 * Returns the entries that profiles of all kinds have for a filter: those for calls that have names. Losses are reported, as an
 * error where the profile would let more through.
 */
export function profileOf(filter: Filter, problems: Problems): readonly ProfileEntry[] {
  if (filter.overrides.length > 0 || filter.scope !== undefined) {
    problems.error(
      'export-part',
      'this filter is a part of one that a gate loads; only a whole one can be written',
      undefined,
    );
  }
  const fallback = filter.default;
  if (fallback.kind === 'user_notif') {
    const help = 'runtimes could not start the container; let a default deny, and notify for single calls';
    problems.error('export-notify', 'no profile can hand every call to an agent', undefined, help);
  }
  if (precedence(fallback) > precedence(ENOSYS)) {
    const message =
      'call numbers that no release of Linux has yet are let through; here they answer ENOSYS, which a profile cannot say';
    problems.loss(
      'unknown-calls',
      message,
      undefined,
      'runc answers ENOSYS to the youngest of them by itself, others do not',
    );
  }
  const regions = disjointRegions(filter, problems).filter((region) => hasName(region, filter, problems));
  reportYoungDenials(regions, filter, problems);
  if (fallback.kind === 'errno' && fallback.errno >= LARGEST_ERRNO) {
    problems.error('export-errno', `the default: ${TOO_LARGE}`, undefined);
  }
  for (const { call, action, source } of regions) {
    if (action.kind === 'errno' && action.errno >= LARGEST_ERRNO) {
      problems.error('export-errno', `${call}: ${TOO_LARGE}`, source);
    }
    if (action.kind === 'trap' && action.data !== 0) {
      problems.loss(
        'export-trap',
        `${call}: trap carries no number in a profile, here it carries ${action.data}`,
        source,
      );
    }
    if (action.kind === 'user_notif') {
      problems.loss(
        'export-notify',
        `${call}: the agent that decides has to be named, in listenerPath`,
        source,
      );
    }
  }
  return profileEntries(regions, problems);
}

/** Runtimes ignore names that their libseccomp does not know. A call that such an entry denies gets the default there. */
function reportYoungDenials(
  regions: readonly Region[],
  { default: fallback, architecture }: Filter,
  problems: Problems,
): void {
  const denied = regions.filter(
    ({ call, action }) =>
      precedence(action) < precedence(fallback) && (syscallNumber(call, architecture) ?? 0) > LAST_KNOWN,
  );
  const [first] = denied;
  if (first === undefined || precedence(fallback) <= precedence(ENOSYS)) return;
  const calls = [...new Set(denied.map(({ call }) => call))].join(', ');
  const message = `${calls}: a runtime whose libseccomp is older than the call passes over what denies it, and lets it through`;
  const help = 'let the default deny: then no runtime lets through what it does not know';
  problems.loss('export-young', message, first.source, help);
}

/** A call that has only a number cannot stand in a profile. */
function hasName(
  { call, action, source }: Region,
  { default: fallback, architecture }: Filter,
  problems: Problems,
): boolean {
  if (syscallNumber(call, architecture) !== undefined) return true;
  if (precedence(action) > precedence(fallback)) {
    problems.loss('export-number', `${call} has no name, and is left out: it gets the default`, source);
  } else {
    const message = `${call} has no name, so that a profile cannot deny it`;
    problems.error('export-number', message, source, 'let the default deny what has no name');
  }
  return false;
}
