import type { Architecture } from '../../../kernel/architecture.ts';
import { errnoNumber } from '../../../kernel/errno.ts';
import type { Action } from '../../action.ts';
import { NAMESPACE_FLAGS } from '../namespace-flags.ts';
import type { Layer, LayerRule } from './layer.ts';
import { ALL_NAMESPACES } from './namespaces.ts';
import type { CallList, FamilyList, Restrictions, Switch } from './restrictions.ts';
import { groupCalls } from './systemd-calls.ts';

const ALLOW: Action = { kind: 'allow' };
const LOG: Action = { kind: 'log' };

function refuse(name: string): Action {
  return { kind: 'errno', errno: errnoNumber(name) ?? 1 };
}

const EPERM: Action = refuse('EPERM');
const ENOSYS: Action = refuse('ENOSYS');
const EAFNOSUPPORT: Action = refuse('EAFNOSUPPORT');

/**
 * The filters that systemd stacks for a unit, the newest first: of two that refuse alike, the newest gives the errno.
 * Sources: `exec_child` in src/core/execute.c, src/shared/seccomp-util.c. Comparisons are of 64 bits where those of
 * libseccomp are and it matters.
 */
export function restrictionLayers(restrictions: Restrictions, architecture: Architecture): readonly Layer[] {
  const { calls, logged, families, namespaces, refusal } = restrictions;
  const on = (name: Switch): boolean => restrictions.switches.has(name);
  return [
    ...(calls === undefined ? [] : [callLayer('SystemCallFilter=', calls, ALLOW, refusal)]),
    ...(logged === undefined ? [] : [callLayer('SystemCallLog=', logged, LOG, ALLOW)]),
    ...(on('LockPersonality') ? [personalityLayer(restrictions.personality)] : []),
    ...(on('PrivateDevices') ? [refusing('PrivateDevices=', groupCalls('@raw-io', 'refuse') ?? [])] : []),
    ...(on('ProtectClock') ? [refusing('ProtectClock=', groupCalls('@clock', 'refuse') ?? [])] : []),
    ...(on('ProtectKernelLogs') ? [refusing('ProtectKernelLogs=', ['syslog'])] : []),
    ...(on('ProtectKernelModules')
      ? [refusing('ProtectKernelModules=', groupCalls('@module', 'refuse') ?? [])]
      : []),
    // AArch64 never had the call.
    ...(on('ProtectKernelTunables') && architecture === 'x86_64'
      ? [refusing('ProtectKernelTunables=', ['_sysctl'])]
      : []),
    ...(namespaces === undefined || ALL_NAMESPACES.every((name) => namespaces.has(name))
      ? []
      : [namespaceLayer(namespaces)]),
    ...(on('RestrictSUIDSGID') || on('DynamicUser') ? [setIdLayer(on('RestrictSUIDSGID'))] : []),
    ...(on('RestrictRealtime') ? [REALTIME] : []),
    ...(on('MemoryDenyWriteExecute') ? [WRITE_EXECUTE] : []),
    ...(families === undefined ? [] : [familyLayer(families)]),
    ...(on('ProtectHostname') ? [refusing('ProtectHostname=', ['sethostname', 'setdomainname'])] : []),
  ];
}

/** A list of calls: those in it get one answer, or the one that was written behind them, all others the other. */
function callLayer(directive: string, list: CallList, listed: Action, unlisted: Action): Layer {
  const [inside, outside] = list.allow ? [listed, unlisted] : [unlisted, listed];
  const rules = [...list.calls].map(([call, answer]): readonly [string, readonly LayerRule[]] => [
    call,
    [{ condition: undefined, action: answer ?? inside }],
  ]);
  return { directive, default: outside, rules: new Map(rules) };
}

function refusing(directive: string, calls: readonly string[]): Layer {
  const rule: LayerRule = { condition: undefined, action: EPERM };
  return { directive, default: ALLOW, rules: new Map(calls.map((call) => [call, [rule]])) };
}

function conditional(
  directive: string,
  rules: readonly (readonly [call: string, condition: string | undefined, action: Action])[],
): Layer {
  return {
    directive,
    default: ALLOW,
    rules: new Map(rules.map(([call, condition, action]) => [call, [{ condition, action }]])),
  };
}

function personalityLayer(personality: string): Layer {
  return conditional('LockPersonality=', [['personality', `personality:64 != ${personality}`, EPERM]]);
}

const REALTIME: Layer = conditional('RestrictRealtime=', [
  ['sched_setscheduler', 'policy:64 not in {SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE}', EPERM],
]);

const WRITE_EXECUTE: Layer = conditional('MemoryDenyWriteExecute=', [
  ['mmap', 'prot & (PROT_WRITE|PROT_EXEC) == PROT_WRITE|PROT_EXEC', EPERM],
  ['mprotect', 'prot & PROT_EXEC != 0', EPERM],
  ['pkey_mprotect', 'prot & PROT_EXEC != 0', EPERM],
  // SHM_EXEC, include/uapi/linux/shm.h.
  ['shmat', 'shmflg & 0x8000 != 0', EPERM],
]);

/** Calls whose mode can make a file set-user-ID or set-group-ID; `fchmodat2` is among them in newer versions of systemd. */
function setIdLayer(written: boolean): Layer {
  const mode = 'mode & (S_ISUID|S_ISGID) != 0';
  const always = [
    'chmod',
    'fchmod',
    'fchmodat',
    'fchmodat2',
    'mkdir',
    'mkdirat',
    'mknod',
    'mknodat',
    'creat',
  ];
  return conditional(written ? 'RestrictSUIDSGID=' : 'DynamicUser=, which implies RestrictSUIDSGID=', [
    ...always.map((call) => [call, mode, EPERM] as const),
    ...['open', 'openat'].map((call) => [call, `flags & O_CREAT != 0 && ${mode}`, EPERM] as const),
    ['openat2', undefined, ENOSYS],
  ]);
}

/** clone and unshare make a namespace, and setns joins one. The flags of clone3 stand in memory. */
function namespaceLayer(kept: ReadonlySet<string>): Layer {
  const flags = [...NAMESPACE_FLAGS].filter(([name]) => !kept.has(name)).map(([, flag]) => flag);
  const union = flags.length === 1 ? flags.join('') : `(${flags.join('|')})`;
  return conditional('RestrictNamespaces=', [
    ['clone', `clone_flags & ${union} != 0`, EPERM],
    ['unshare', `unshare_flags & ${union} != 0`, EPERM],
    // 0 joins a namespace of any kind.
    [
      'setns',
      ALL_NAMESPACES.every((name) => !kept.has(name)) ? undefined : `flags:64 == 0 || flags & ${union} != 0`,
      EPERM,
    ],
    ['clone3', undefined, ENOSYS],
  ]);
}

function familyLayer({ allow, families }: FamilyList): Layer {
  const set = `{${[...families].sort().join(', ')}}`;
  const none = allow && families.size === 0;
  const condition = none ? undefined : `family:64 ${allow ? 'not in' : 'in'} ${set}`;
  return conditional('RestrictAddressFamilies=', [['socket', condition, EAFNOSUPPORT]]);
}
