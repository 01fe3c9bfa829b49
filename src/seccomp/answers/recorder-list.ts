import { errnoNumber } from '../../kernel/errno.ts';
import { syscallName, syscallNumber, syscallNumbers } from '../../kernel/system-calls.ts';
import type { ExplainedPolicy } from '../explain/explain-call.ts';
import type { Filter } from '../filter.ts';
import { filterOfRules } from '../language/resolve-filter.ts';
import { WATCHED_CALLS } from './watched-calls.ts';

/** A recorder knows calls and errnos below these; `gate/recorder/wanted.c`. */
const CALLS = 512;
const ERRNOS = 256;

const ENOSYS = 38;

/**
 * The answers that a recorder tells about the sessions of a policy, as `gate/recorder/wanted.c` reads them: those of the
 * watched calls, and those that the rules of the policy give.
 */
export function recorderList({ seccomp, architecture, around }: ExplainedPolicy): string {
  const filter = filterOfRules(seccomp, architecture, around.rest);
  const errnos = ruleErrnos(filter);
  for (const [call, watched] of WATCHED_CALLS)
    for (const name of watched.errnos) add(errnos, call, errnoNumber(name));
  const entries = [...errnos].flatMap(([call, wanted]) => {
    const number = syscallNumber(call, architecture);
    if (number === undefined || number >= CALLS) return [];
    const { paths = [], address, isBrk = false } = WATCHED_CALLS.get(call) ?? {};
    const forms = [
      ...paths.map((index) => `p${index}`),
      ...(address === undefined ? [] : [`a${address}`]),
      ...(isBrk ? ['b'] : []),
    ];
    return [`${number}${forms.join('')}:${[...wanted].sort((a, b) => a - b).join('.')}`];
  });
  return entries.join(',');
}

function add(errnos: Map<string, Set<number>>, call: string, errno: number | undefined): void {
  if (errno === undefined || errno <= 0 || errno >= ERRNOS) return;
  const known = errnos.get(call) ?? new Set();
  known.add(errno);
  errnos.set(call, known);
}

/** The errnos with which the rules of a filter answer calls. */
function ruleErrnos(filter: Filter): Map<string, Set<number>> {
  const errnos = new Map<string, Set<number>>();
  for (const { call, action } of filter.rules) if (action.kind === 'errno') add(errnos, call, action.errno);
  const { architecture, default: fallback, unsupported, firstUnknown } = filter;
  for (const [number, call] of syscallNumbers(architecture)) {
    if (fallback.kind === 'errno') add(errnos, call, fallback.errno);
    if (number >= firstUnknown) add(errnos, call, ENOSYS);
  }
  for (const number of unsupported) add(errnos, syscallName(number, architecture) ?? '', ENOSYS);
  return errnos;
}
