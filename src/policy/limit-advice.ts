import type { Combination, KeysOfFile, ReadValues } from './combinations.ts';

/** Returns findings about limits that contradict each other, or have no effect. */
export function limitAdvice(values: ReadValues, { written, refused }: KeysOfFile): readonly Combination[] {
  const findings: Combination[] = [];
  const { sessions = 0, perSource = 0 } = values.limits ?? {};
  if (perSource > sessions && !refused('limits.sessions')) {
    findings.push({
      path: 'limits.per-source',
      severity: 'error',
      code: 'per-source-above-sessions',
      message: `one source may have ${perSource} sessions, all sources together only ${sessions}`,
      help: `write at most ${sessions}`,
    });
  }
  for (const [burst, rate] of [
    ['burst', 'rate'],
    ['total-burst', 'total-rate'],
  ] as const) {
    if (!written(`limits.${burst}`) || written(`limits.${rate}`)) continue;
    findings.push({
      path: `limits.${burst}`,
      severity: 'warning',
      code: 'limit-unused',
      message: `'${burst}' has no effect without '${rate}'`,
      help: `add ${rate}, or remove the key`,
    });
  }
  if (values.rlimits?.core.hard === 0n) {
    findings.push({
      path: 'rlimits.core',
      severity: 'warning',
      code: 'core-zero',
      message: 'a core limit of 0 does not stop a core_pattern that is a pipe',
      help: 'write core: 1, which stops it (core(5))',
    });
  }
  return findings;
}
