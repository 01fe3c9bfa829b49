import type * as z from 'zod';
import { accept } from './accept.ts';
import { allow } from './allow.ts';
import { amplification } from './amplification.ts';
import { capabilities } from './capabilities.ts';
import { deny } from './deny.ts';
import { description } from './description.ts';
import { directory } from './directory.ts';
import { environment } from './environment.ts';
import { exec } from './exec.ts';
import { group } from './group.ts';
import { groups } from './groups.ts';
import { handoff } from './handoff.ts';
import { landlock } from './landlock.ts';
import { limits } from './limits.ts';
import { listen } from './listen.ts';
import { listenFds } from './listen-fds.ts';
import { network } from './network.ts';
import { portcullis } from './portcullis.ts';
import { processes } from './processes.ts';
import { reason } from './reason.ts';
import { rlimits } from './rlimits.ts';
import { root } from './root.ts';
import { run } from './run.ts';
import { seccomp } from './seccomp.ts';
import { service } from './service.ts';
import { stderr } from './stderr.ts';
import { terminals } from './terminals.ts';
import { umask } from './umask.ts';
import { user } from './user.ts';
import { writable } from './writable.ts';
import { writeAndRun } from './write-and-run.ts';

/** Every key of a policy, in the order in which a policy is written. */
export type KeyRecords = {
  readonly portcullis: typeof portcullis;
  readonly service: typeof service;
  readonly description: typeof description;
  readonly listen: typeof listen;
  readonly allow: typeof allow;
  readonly deny: typeof deny;
  readonly run: typeof run;
  readonly handoff: typeof handoff;
  readonly amplification: typeof amplification;
  readonly 'listen-fds': typeof listenFds;
  readonly user: typeof user;
  readonly group: typeof group;
  readonly groups: typeof groups;
  readonly reason: typeof reason;
  readonly accept: typeof accept;
  readonly capabilities: typeof capabilities;
  readonly umask: typeof umask;
  readonly environment: typeof environment;
  readonly directory: typeof directory;
  readonly stderr: typeof stderr;
  readonly exec: typeof exec;
  readonly rlimits: typeof rlimits;
  readonly root: typeof root;
  readonly writable: typeof writable;
  readonly 'write-and-run': typeof writeAndRun;
  readonly terminals: typeof terminals;
  readonly network: typeof network;
  readonly processes: typeof processes;
  readonly landlock: typeof landlock;
  readonly limits: typeof limits;
  readonly seccomp: typeof seccomp;
};

export const POLICY_KEYS: KeyRecords = {
  portcullis,
  service,
  description,
  listen,
  allow,
  deny,
  run,
  handoff,
  amplification,
  'listen-fds': listenFds,
  user,
  group,
  groups,
  reason,
  accept,
  capabilities,
  umask,
  environment,
  directory,
  stderr,
  exec,
  rlimits,
  root,
  writable,
  'write-and-run': writeAndRun,
  terminals,
  network,
  processes,
  landlock,
  limits,
  seccomp,
};

/** The values of a policy under the names of its keys, defaults filled in. */
export type PolicyValues = {
  readonly [Key in keyof KeyRecords]: z.output<KeyRecords[Key]['schema']>;
};
