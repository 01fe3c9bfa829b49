/** Each round begins with another one, so that none is always first or always behind the same one. */
export function rotated<T>(values: readonly T[], round: number): readonly T[] {
  if (values.length === 0) return values;
  const first = round % values.length;
  return [...values.slice(first), ...values.slice(0, first)];
}
