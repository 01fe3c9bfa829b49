import { freePort } from './ports.ts';

/**
 * A user that no other test is given, and that has no name: limits such as `nproc` count all processes of a user, whoever
 * started them. Ports are given to one test only, and their numbers are ones that hosts do not come to when they number users.
 */
export function freeUser(): number {
  return freePort();
}
