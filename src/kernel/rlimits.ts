/** Resource limits by name, with the kernel's number. Source: include/uapi/asm-generic/resource.h; the same on x86-64 and AArch64. */
export const RLIMITS = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
} as const;

export type RlimitName = keyof typeof RLIMITS;

export const RLIMIT_NAMES: readonly RlimitName[] = Object.keys(RLIMITS) as RlimitName[];

/** "No limit" of prlimit64(2). */
export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

/** Both limits of one resource, in the kernel's unit; `RLIM_INFINITY` is 2^64-1. */
export interface Rlimit {
  readonly soft: bigint;
  readonly hard: bigint;
}
