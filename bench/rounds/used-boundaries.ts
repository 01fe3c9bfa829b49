import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { conditionHolds } from '../../src/seccomp/evaluate-condition.ts';
import { BOUNDARIES, type BoundaryCall, parseRule } from '../../src/seccomp/index.ts';
import { resolveCondition } from '../../src/seccomp/language/resolve-condition.ts';

/** A call as `strace -f -X raw -e raw=all` tells it. */
export interface RecordedCall {
  readonly call: string;
  readonly args: readonly bigint[];
}

/** Reads a recording. The rest of a call that was interrupted has no name in front of its arguments, and is no call. */
export function readRecording(text: string): readonly RecordedCall[] {
  return text.split('\n').flatMap((line) => {
    const [, call, args] = /^\d+ +(\w+)\(([^)<]*)/.exec(line) ?? [];
    if (call === undefined || args === undefined) return [];
    const values = args.split(',').filter((value) => /^\s*(0x[0-9a-f]+|\d+)\s*$/.test(value));
    return [{ call, args: Array.from({ length: 6 }, (_, index) => BigInt(values[index]?.trim() ?? 0)) }];
  });
}

function isSafe(rule: string, args: readonly bigint[]): boolean {
  const parsed = parseRule(rule);
  if (!parsed.ok || parsed.value.condition === undefined) throw new Error(`no rule of a boundary: ${rule}`);
  return conditionHolds(
    resolveCondition(parsed.value.condition, parsed.value.target.name, hostArchitecture()),
    args,
  );
}

function isUsed(entries: readonly BoundaryCall[], calls: readonly RecordedCall[]): boolean {
  return entries.some(({ call, safe }) =>
    calls.some((made) => made.call === call && !safe.some((rule) => isSafe(rule, made.args))),
  );
}

/** The boundaries that a program reaches across, by its calls. */
export function usedBoundaries(calls: readonly RecordedCall[]): readonly string[] {
  return BOUNDARIES.filter(
    ({ calls: entries, beside }) => isUsed(entries, calls) && (beside === undefined || isUsed(beside, calls)),
  ).map(({ name }) => name);
}
