import { spread } from './statistics.ts';

/** The results of one server in each round. */
export interface Rounds {
  readonly perSecond: readonly number[];
  readonly firstByteUs: readonly number[];
}

/** The gate against another server: `least` times its connections, or at most `most` times its time. */
interface Target {
  readonly against: string;
  readonly of: keyof Rounds;
  readonly least?: number;
  readonly most?: number;
}

const TARGETS: readonly Target[] = [
  { against: 'bare', of: 'perSecond', least: 0.9 },
  { against: 'gate-untold', of: 'perSecond', least: 0.99 },
  { against: 'tcpserver', of: 'perSecond', least: 1 },
  { against: 'openbsd-inetd', of: 'perSecond', least: 1.4 },
  { against: 'xinetd', of: 'perSecond', least: 1.1 },
  { against: 'nsjail', of: 'perSecond', least: 5 },
  { against: 'bare', of: 'firstByteUs', most: 1.15 },
];

const INNER_GATE_KB = 500;

export interface Verdict {
  readonly target: string;
  /** The measured ratio; absent where the other server is not installed. */
  readonly found?: string;
  readonly reached?: boolean;
}

/** The median of the quotients of each round: the machine may be slower in one round than in the next. */
export function ratio(gate: readonly number[], other: readonly number[]): number {
  return spread(gate.map((value, round) => value / (other[round] ?? Number.NaN))).median;
}

function judge(target: Target, rounds: ReadonlyMap<string, Rounds>): Verdict {
  const { against, of, least = 0, most = Number.POSITIVE_INFINITY } = target;
  const what = of === 'perSecond' ? `connections: at least ${least} x` : `first byte: at most ${most} x`;
  const [gate, other] = [rounds.get('gate'), rounds.get(against)];
  if (gate === undefined || other === undefined) return { target: `${what} ${against}` };
  const found = ratio(gate[of], other[of]);
  return {
    target: `${what} ${against}`,
    found: `${found.toFixed(2)} x`,
    reached: found >= least && found <= most,
  };
}

export function judgeAll(
  rounds: ReadonlyMap<string, Rounds>,
  innerGateKb: number | undefined,
): readonly Verdict[] {
  const target = `idle inner gate: below ${INNER_GATE_KB} KB resident`;
  const memory =
    innerGateKb === undefined
      ? { target }
      : { target, found: `${innerGateKb} KB`, reached: innerGateKb < INNER_GATE_KB };
  return [...TARGETS.map((one) => judge(one, rounds)), memory];
}
