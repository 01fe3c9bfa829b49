import type { Span } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';

/** Paths of a policy that lead over symbolic links, with the paths that these lead to, inside the root. */
export type LinkTargets = ReadonlyMap<string, string>;

/** A directory below which the service may write. */
export interface WritePlace {
  /** The path without symbolic links, where it was looked up. */
  readonly path: string;
  /** Files below it may be executed and mapped as code. */
  readonly runs: boolean;
  readonly source: Span | undefined;
}

/**
 * The one file that `writable` may name: a service that may write to /dev as well can put another file in its place.
 */
export const NULL_DEVICE = '/dev/null';

/**
 * The directories that a service may write to, in the order in which they are mounted: what is mounted later is what
 * counts below an earlier one, so that `writable` has the last word.
 */
export function writePlaces(policy: Policy, targets: LinkTargets = new Map()): readonly WritePlace[] {
  const places = (key: string, paths: readonly string[], runs: boolean): readonly WritePlace[] =>
    paths.flatMap((path, index) =>
      path === NULL_DEVICE
        ? []
        : [
            {
              path: targets.get(path) ?? path,
              runs,
              source: policy.spans.get(`${key}.${index}`) ?? policy.spans.get(key),
            },
          ],
    );
  return [
    ...places('write-and-run', policy.writeAndRun, true),
    ...places('writable', policy.writable, false),
  ];
}
