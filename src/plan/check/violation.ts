/** Names of the rules that a plan must hold; a problem is reported under one. */
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
  | 'admission'
  | 'read-back'
  | 'slots'
  | 'shape';

export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
}
