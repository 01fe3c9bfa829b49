import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostArchitecture } from '../../../src/host/host-architecture.ts';
import { SYSTEM_CALL_NAMES } from '../../../src/kernel/system-calls.ts';
import {
  BOUNDARIES,
  compileFilter,
  encodeProgram,
  GROUP_OPENS,
  OWN_GROUP_NAMES,
  ownGroup,
  resolveFilter,
} from '../../../src/seccomp/index.ts';
import { policyOf } from '../../seccomp/support/policy.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { PROBE_UID } from '../../support/probe-program.ts';

const ARCHITECTURE = hostArchitecture();

/**
 * The groups of our own that open nothing, with whatever else a policy has. `@lookups` is left out, and `@service` with it: it
 * only takes away, so it would hide what a rule for sockets opens.
 */
export const CLOSED_GROUPS: readonly string[] = OWN_GROUP_NAMES.filter(
  (name) => GROUP_OPENS[name] === undefined && !['@node', '@lookups', '@service'].includes(name),
);

/** The warnings of rules, with exec: once and without a root. */
export function boundariesOpened(rules: readonly string[]): readonly string[] {
  return resolveFilter(policyOf(rules), ARCHITECTURE, { exec: 'once' })
    .diagnostics.filter(({ code }) => code === 'boundary-opened')
    .map(({ message }) => message);
}

/** Every call that opens nothing by itself, and of the others the forms that do not. The exec of a session is not for its rules. */
export function harmlessRules(groups: readonly string[]): readonly string[] {
  const calls = SYSTEM_CALL_NAMES.filter((name) => !/^execve(at)?$/.test(name));
  const forms = BOUNDARIES.flatMap((boundary) => boundary.calls.flatMap(({ safe }) => safe));
  const members = groups.flatMap((group) => ownGroup(group) ?? []);
  return [...new Set([...calls, ...forms, ...members])].filter(
    (rule) => boundariesOpened([rule]).length === 0,
  );
}

/** What a probe answers under these rules alone, as an ordinary user whom nothing else confines. */
export function attemptFiltered(
  program: string,
  folder: string,
  rules: readonly string[],
  request: string,
): string {
  const file = join(folder, 'filter');
  const { filter } = resolveFilter(policyOf(rules), ARCHITECTURE);
  writeFileSync(file, encodeProgram(compileFilter(filter)));
  const { stdout, signal } = spawnSync(program, ['filtered', file], {
    input: `${request}\n`,
    env: {},
    uid: PROBE_UID,
    gid: PROBE_UID,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return [stdout.replaceAll(/^[a-z0-9-]+: /gm, '').trimEnd(), signal ?? '']
    .filter((part) => part !== '')
    .join(', then ');
}

/** The fewest of some rules with which a test still holds; it has to hold with all of them, and with more rather than with fewer. */
export function fewest(
  rules: readonly string[],
  holds: (rules: readonly string[]) => boolean,
): readonly string[] {
  const without = (known: readonly string[], rest: readonly string[]): readonly string[] => {
    if (holds(known)) return [];
    if (rest.length === 1) return rest;
    const [left, right] = [rest.slice(0, rest.length >> 1), rest.slice(rest.length >> 1)];
    const ofRight = without([...known, ...left], right);
    return [...without([...known, ...ofRight], left), ...ofRight];
  };
  return without([], rules);
}
