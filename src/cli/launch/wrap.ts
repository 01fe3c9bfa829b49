import { GATE_DESCRIPTORS } from '../../gate-protocol/descriptors.ts';
import { DEBUG } from '../../gate-protocol/start-gate.ts';
import { duplicateTo, execve, setCloseOnExec } from '../../host/libc.ts';
import { encodePlan } from '../../plan/image/encode.ts';
import type { Plan } from '../../plan/plan.ts';
import { memoryFile } from './memory-file.ts';

/**
 * Replaces this process by a gate whose one session has the descriptors of the caller: signals, the terminal and the exit
 * status pass through. Returns only by throwing.
 */
export function wrap(plan: Plan, gate: string, debug: boolean): never {
  // A gate that refuses its image reports that as an event.
  duplicateTo(2, GATE_DESCRIPTORS.events);
  duplicateTo(memoryFile('portcullis-image', encodePlan(plan)), GATE_DESCRIPTORS.image);
  for (const descriptor of [0, 1, 2]) setCloseOnExec(descriptor, false);
  execve(gate, [`portcullis-gate: ${plan.service}`, ...(debug ? [DEBUG] : [])], []);
}
