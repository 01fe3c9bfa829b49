import type { Recorder } from '../../gate-protocol/start-gate.ts';
import { programMakesTerminals } from '../../host/makes-terminals.ts';
import type { Architecture } from '../../kernel/architecture.ts';
import type { Identity } from '../../plan/facts.ts';
import type { Policy } from '../../policy/policy.ts';
import { recorderList } from '../../seccomp/answers/recorder-list.ts';
import { surroundingsOf } from '../../seccomp/explain/surroundings.ts';
import { recorderPath } from './program-files.ts';

/** The recorder of a service. `identity`: the user that it becomes; without one it stays the caller. */
export function recorderOf(
  policy: Policy,
  architecture: Architecture,
  identity: Identity | undefined,
): Recorder {
  const list = recorderList({
    seccomp: policy.seccomp,
    architecture,
    around: surroundingsOf(policy, programMakesTerminals(policy)),
  });
  const [uid, gid] = identity === undefined ? ['-', '-'] : [`${identity.uid}`, `${identity.gid}`];
  return { path: recorderPath(architecture), words: [uid, gid, list] };
}
