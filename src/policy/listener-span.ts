import type { Span } from './diagnostic.ts';

/** Returns the place of a listener of a policy, or of one of its options; a single one may stand without a list. */
export function listenerSpan(
  spans: ReadonlyMap<string, Span>,
  index: number,
  option?: string,
): Span | undefined {
  const written =
    option === undefined
      ? undefined
      : (spans.get(`listen.${index}.${option}`) ?? spans.get(`listen.${option}`));
  return written ?? spans.get(`listen.${index}`) ?? spans.get('listen');
}
