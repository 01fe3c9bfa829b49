/**
 * How many inputs each parser gets in a whole run: more than a million together, also without the image of the gate, which is
 * read by C. A parser gets as many as it reads in some three seconds of one processor, and no more where it has few branches:
 * what reads a line gets 50,000 and more, what reads YAML with its schema, or ends with a compiled filter (`oci` to `bpf`), takes
 * a tenth of a millisecond up to ten of them for each. All of them take about a minute of one processor.
 *
 * A parser is added here and in a `fuzz.test.ts` beside its other tests; `tests/fuzz-shares.test.ts` holds the two together.
 */
export const SHARES = {
  // src/policy
  policy: 12_000,
  'policy flags': 3_000,
  'listen address': 50_000,
  quantity: 80_000,
  // src/kernel
  'kernel release': 10_000,
  // src/seccomp
  rule: 300_000,
  action: 50_000,
  rules: 10_000,
  // src/seccomp/bpf
  'raw program': 150_000,
  assembly: 50_000,
  'written call': 30_000,
  // src/seccomp/convert
  json: 40_000,
  'unit file': 25_000,
  oci: 20_000,
  seccompiler: 20_000,
  systemd: 2_500,
  minijail: 7_000,
  kafel: 25_000,
  firejail: 3_000,
  bpf: 300,
  // src/gate
  'gate events': 60_000,
  'log frames': 50_000,
  'audit record': 100_000,
  // src/host
  mounts: 20_000,
  'executable file': 100_000,
  'loader cache': 60_000,
  'loader settings': 5_000,
  'search path': 60_000,
  'shell script': 15_000,
  // src/confine
  'confine options': 8_000,
  // src/cli
  'command line': 15_000,
  // gate/image.c, under sanitizers
  image: 250_000,
} as const;

export type Parser = keyof typeof SHARES;

const TOTAL = Object.values(SHARES).reduce((sum, share) => sum + share, 0);

/** A run of chosen files tries a four-hundredth of each share, so that it answers at once, and no fewer than these. */
const FEWEST = 25;

/**
 * How many inputs all parsers get together, each as much of it as of a whole run. FUZZ_INPUTS=all is a whole run, as in `npm test`;
 * FUZZ_INPUTS=100000000 is a long one.
 */
const WANTED = process.env['FUZZ_INPUTS'];

/** For other inputs than those of every ordinary run: FUZZ_SEED=2. */
export const SEED: number = Number(process.env['FUZZ_SEED'] ?? 1);

/** How often a piece is repeated that a parser must not be slow on. */
export const REPETITIONS: number = WANTED === undefined ? 200 : 20_000;

export function inputsOf(parser: Parser): number {
  const share = SHARES[parser];
  if (WANTED === undefined) return Math.max(FEWEST, Math.ceil(share / 400));
  return WANTED === 'all' ? share : Math.ceil((share * Number(WANTED)) / TOTAL);
}
