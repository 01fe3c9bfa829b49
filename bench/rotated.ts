/** Returns the values from another start in each round, so that the order has no effect on the result. */
export function rotated<T>(values: readonly T[], round: number): readonly T[] {
  if (values.length === 0) return values;
  const first = round % values.length;
  return [...values.slice(first), ...values.slice(0, first)];
}
