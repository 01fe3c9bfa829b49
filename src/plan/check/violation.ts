/** What a plan must hold, by the name that a problem is reported under. */
export type Invariant =
  | 'known-step'
  | 'kernel-refuses'
  | 'least-privilege'
  | 'step-order'
  | 'identity-order'
  | 'chdir-after-chroot'
  | 'no-new-privs-before-filter'
  | 'filter-last'
  | 'no-root-left'
  | 'no-capability-left'
  | 'descriptors'
  | 'isolation'
  | 'inheritance'
  | 'limits'
  | 'service'
  | 'read-back'
  | 'slots'
  | 'shape';

export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
}
