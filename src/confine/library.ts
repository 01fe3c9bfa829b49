/** The exports of `portcullis`, by which a Node program confines itself. */
export type { Diagnostic, Span } from '../policy/diagnostic.ts';
export type { Program } from '../seccomp/index.ts';
export type { FilterSource } from '../seccomp/library/parse-filter.ts';
export { type Confinement, type ConfineOptions, confine } from './confine.ts';
export { ConfineError, type ConfineStep } from './confine-error.ts';
export type { ConfineFilter } from './confine-filter.ts';
export type { RlimitsOption, RlimitValue } from './rlimits.ts';
