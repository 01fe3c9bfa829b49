/**
 * `serve`: binds, splits, accepts, for a launcher that reads events and gives orders. `standalone`: the same, and the
 * outer gate is its own launcher. `wrap`: splits, and one session has the descriptors of the caller. `direct`: the caller
 * itself becomes the program.
 */
export type PlanShape = 'serve' | 'standalone' | 'wrap' | 'direct';

/** The shapes that have two gates. */
export type GatedShape = Exclude<PlanShape, 'direct'>;

/** The shapes whose outer gate is its own launcher. */
export type UnattendedShape = 'standalone' | 'wrap';

/** Returns whether the gate reports to people itself, since no launcher does. */
export function isUnattended(shape: PlanShape): shape is UnattendedShape {
  switch (shape) {
    case 'standalone':
    case 'wrap':
      return true;
    case 'serve':
    case 'direct':
      return false;
  }
}

/**
 * The way to tell the one exec of a session from every other. Where page 0 can be mapped, the gate may also
 * make its calls from there, so that a filter tells them from those of its sessions.
 */
export type ExecGuard =
  | { readonly kind: 'page-zero'; readonly callsFromPageZero: boolean }
  | { readonly kind: 'notification' }
  | { readonly kind: 'none'; readonly callsFromPageZero: boolean };

/** Returns whether the gate makes its calls from page 0. */
export function callsFromPageZero(guard: ExecGuard): boolean {
  switch (guard.kind) {
    case 'page-zero':
    case 'none':
      return guard.callsFromPageZero;
    case 'notification':
      return false;
  }
}

/** Returns whether page 0 is mapped: for the path of the one exec, for the calls of the gate, or for both. */
export function mapsPageZero(guard: ExecGuard): boolean {
  switch (guard.kind) {
    case 'page-zero':
      return true;
    case 'none':
      return guard.callsFromPageZero;
    case 'notification':
      return false;
  }
}

/**
 * The one that ends a process whose call the policy denies, and tells of it. `gate`: it is asked about the call, and kills.
 * `audit`: the kernel ends the process, and the gate hears of it by the audit. `kernel`: nobody tells. A gate that tells may
 * also be able to read the names of programs.
 */
export type Denials =
  | { readonly by: 'kernel' }
  | { readonly by: 'gate' | 'audit'; readonly namesPrograms: boolean };

/** The decisions about a launch that has gates. They are taken once, before the first step. */
export interface LaunchMode {
  readonly shape: GatedShape;
  readonly guard: ExecGuard;
  readonly denials: Denials;
}

/** Returns whether the gate reads the names of the programs whose calls are denied. */
export function namesPrograms(denials: Denials): boolean {
  return denials.by !== 'kernel' && denials.namesPrograms;
}

/** Returns whether calls of a session ask the gate, so that the first filter comes with a listener. */
export function hasListener({ guard, denials }: Pick<LaunchMode, 'guard' | 'denials'>): boolean {
  return guard.kind === 'notification' || denials.by === 'gate';
}
