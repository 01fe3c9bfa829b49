import type { GateLimits } from '../policy/keys/limits.ts';
import type { ServeStep } from './step.ts';

/** The part of the gate's numbers that decides who is served. A service that accepts for itself decides itself. */
export type SourceLimits = Pick<
  ServeStep,
  'perSource' | 'loopbackExempt' | 'sourceRate' | 'totalRate' | 'penalties'
>;

export function sourceLimitsOf(limits: GateLimits, accepts: boolean): SourceLimits {
  const { perSource, rate, burst, totalRate, totalBurst, penalties } = limits;
  return {
    perSource: perSource ?? Math.max(1, Math.floor(limits.sessions / 4)),
    loopbackExempt: perSource === undefined,
    sourceRate: accepts && rate !== undefined ? { ...rate, burst } : undefined,
    totalRate: accepts && totalRate !== undefined ? { ...totalRate, burst: totalBurst } : undefined,
    penalties: accepts ? penalties : undefined,
  };
}
