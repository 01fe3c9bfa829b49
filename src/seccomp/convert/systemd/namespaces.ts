import { NAMESPACE_FLAGS } from '../namespace-flags.ts';

/**
 * The kinds of namespaces that systemd means by all of them. Time is not among them, so a list without it refuses it. Source:
 * src/shared/nsflags.c of systemd.
 */
export const ALL_NAMESPACES: readonly string[] = [...NAMESPACE_FLAGS.keys()].filter(
  (name) => name !== 'time',
);
