import type { Component, Walk } from './walk-path.ts';

/**
 * Whether a service with this uid could put something else in the place of what it is started from: the place lies
 * below a path that Landlock lets it write to, and the modes, which the owner of a file can change, do not stop it.
 */
export function couldReplace(started: Walk, writable: Walk, uid: number): boolean {
  if (writable.kind === 'missing') return false;
  const top = writable.path.replace(/\/$/, '');
  const below = ({ path }: Component): boolean => path === top || path.startsWith(`${top}/`);
  return started.components.some((component) => below(component) && component.stat.uid === uid);
}
