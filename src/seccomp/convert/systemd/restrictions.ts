import type { Span } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';

/** A list of `SystemCallFilter=` or `SystemCallLog=` after all its assignments. */
export interface CallList {
  /** True for a list of allowed (or logged) calls, false for their opposite. The first assignment decides it. */
  readonly allow: boolean;
  /** The calls in the list, as systemd names them; with the answer of a call that was written as `call:errno`. */
  readonly calls: ReadonlyMap<string, Action | undefined>;
  /** The first assignment. */
  readonly span: Span;
}

export interface FamilyList {
  readonly allow: boolean;
  /** Names such as `AF_INET`. */
  readonly families: ReadonlySet<string>;
}

/** The directives of a unit that are filters, or are partly. */
export interface Restrictions {
  readonly calls: CallList | undefined;
  readonly logged: CallList | undefined;
  /** The answer of `SystemCallErrorNumber=`; that of systemd itself is to kill. */
  readonly refusal: Action;
  readonly architectures: ReadonlyMap<string, Span>;
  readonly families: FamilyList | undefined;
  /** The kinds of namespaces that stay; `undefined`: all. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** The directives that are switched on, with the place of each. */
  readonly switches: ReadonlyMap<Switch, Span>;
  readonly personality: 'PER_LINUX' | 'PER_LINUX32';
}

/** Directives that are on or off. */
export const SWITCHES = [
  'DynamicUser',
  'LockPersonality',
  'MemoryDenyWriteExecute',
  'PrivateDevices',
  'ProtectClock',
  'ProtectHostname',
  'ProtectKernelLogs',
  'ProtectKernelModules',
  'ProtectKernelTunables',
  'RestrictRealtime',
  'RestrictSUIDSGID',
] as const;

export type Switch = (typeof SWITCHES)[number];
