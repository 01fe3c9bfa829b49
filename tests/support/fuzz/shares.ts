/**
 * How many inputs each parser gets in an ordinary run: more than a million together, also without the image of the gate, which is
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
  // src/host
  mounts: 20_000,
  'executable file': 100_000,
  'loader cache': 60_000,
  'loader settings': 5_000,
  'search path': 60_000,
  // src/confine
  'confine options': 8_000,
  // src/cli
  'command line': 15_000,
  // gate/image.c, under sanitizers
  image: 250_000,
} as const;

export type Parser = keyof typeof SHARES;

const TOTAL = Object.values(SHARES).reduce((sum, share) => sum + share, 0);

/** For a long run: how many inputs all parsers get together, FUZZ_INPUTS=100000000, each as much of it as of an ordinary run. */
const WANTED = Number(process.env['FUZZ_INPUTS'] ?? TOTAL);

/** For other inputs than those of every ordinary run: FUZZ_SEED=2. */
export const SEED: number = Number(process.env['FUZZ_SEED'] ?? 1);

export function inputsOf(parser: Parser): number {
  return Math.ceil((SHARES[parser] * WANTED) / TOTAL);
}
