import type { Assignment } from './assignment.ts';
import { supervise } from './supervise.ts';

declare global {
  /** Set by the line that the launcher puts before this program. */
  var portcullisAssignment: Assignment;
}

supervise(globalThis.portcullisAssignment);
