/** As many prefixes as a list has. */
export const PREFIXES = 1000;

/** Between the first addresses of two prefixes: they lie apart, so that none can be merged with another. */
const APART = 0x0005_0300;
const FIRST = 0x0b00_0000;

/** The first three bytes of the other prefixes, which are networks of 256 addresses; none of them is of this host. */
function others(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const number = FIRST + index * APART;
    return [24, 16, 8].map((shift) => (number >>> shift) & 0xff).join('.');
  });
}

/** A list of `PREFIXES` entries, with these among them. Each server writes a network in its own way. */
export function listWith(own: readonly string[], written: (network: string) => string): readonly string[] {
  return [...own, ...others(PREFIXES - own.length).map(written)];
}
