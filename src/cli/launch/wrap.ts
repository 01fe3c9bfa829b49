import { GATE_DESCRIPTORS } from '../../gate-protocol/descriptors.ts';
import { DEBUG, type Recorder } from '../../gate-protocol/start-gate.ts';
import { duplicateTo, execve, setCloseOnExec } from '../../host/libc.ts';
import { encodePlan } from '../../plan/image/encode.ts';
import type { Plan } from '../../plan/plan.ts';
import { memoryFile } from './memory-file.ts';

/**
 * Replaces this process by a gate whose one session has the descriptors of the caller: signals, the terminal and the exit
 * status pass through. A recorder writes to standard error. Returns only by throwing.
 */
export function wrap(plan: Plan, gate: string, debug: boolean, recorder?: Recorder): never {
  // A gate that refuses its image reports that as an event.
  duplicateTo(2, GATE_DESCRIPTORS.events);
  duplicateTo(memoryFile('portcullis-image', encodePlan(plan)), GATE_DESCRIPTORS.image);
  for (const descriptor of [0, 1, 2]) setCloseOnExec(descriptor, false);
  const words = [`portcullis-gate: ${plan.service}`, ...(debug ? [DEBUG] : [])];
  if (recorder === undefined) execve(gate, words, []);
  execve(recorder.path, [`portcullis-recorder: ${plan.service}`, ...recorder.words, gate, ...words], []);
}
