import { lstatSync, type Stats } from 'node:fs';
import type { PeerAccounts } from '../plan/steps/peer-users.ts';
import { type SocketOwners, splitPath } from '../plan/steps/unix-sockets.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { listenerSpan } from '../policy/listener-span.ts';
import type { Policy, UnixPath } from '../policy/policy.ts';
import { groupNames, lookupGroup, lookupUser, userNames } from './accounts.ts';
import { distrustWay } from './component-trust.ts';
import { ownerHelp } from './look-at-file.ts';
import { suggestion } from './resolve-identity.ts';
import { explain, walkPath } from './walk-path.ts';

export interface SocketsQuestion {
  readonly policy: Policy;
  readonly unprivileged: boolean;
  readonly callerUid: number;
  /** False for an executable of another host, whose own steps look at that host. */
  readonly here: boolean;
}

/**
 * Looks up the owners of sockets that are files, and looks at their directories. A socket that is in use is no problem
 * of a policy: the launch finds it.
 */
export function checkSockets(question: SocketsQuestion): {
  readonly socketOwners: SocketOwners;
  readonly peerAccounts: PeerAccounts;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { policy } = question;
  const diagnostics: Diagnostic[] = [];
  const socketOwners = new Map<number, { uid: number | undefined; gid: number | undefined }>();
  for (const [index, address] of policy.listen.entries()) {
    if (address.kind !== 'unix' || address.place.kind !== 'path' || address.inherit !== undefined) continue;
    const report: SocketReport = (code, message, help, option) => {
      const span = listenerSpan(policy.spans, index, option);
      diagnostics.push({ code, severity: 'error', message, span, help });
    };
    socketOwners.set(index, ownersOf(address.place, question, report));
    if (question.here) checkPlace(address.place, question, report);
  }
  return { socketOwners, peerAccounts: lookUpPeers(policy, diagnostics), diagnostics };
}

/** Looks up the users and groups of the access list that have names. */
function lookUpPeers({ allow, deny, spans }: Policy, diagnostics: Diagnostic[]): PeerAccounts {
  const found = new Map<string, number>();
  for (const [list, entries] of [
    ['allow', allow ?? []],
    ['deny', deny ?? []],
  ] as const)
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === 'prefix' || typeof entry.account === 'number') continue;
      const { kind, account, text } = entry;
      const id = kind === 'user' ? lookupUser(account)?.uid : lookupGroup(account)?.gid;
      if (id !== undefined) found.set(text, id);
      else {
        const names = kind === 'user' ? userNames() : groupNames();
        diagnostics.push({
          code: `unknown-${kind}`,
          severity: 'error',
          message: `unknown ${kind} '${account}'`,
          span: spans.get(`${list}.${index}`),
          help: suggestion(account, names) ?? `write ${kind === 'user' ? 'uid' : 'gid'}:NUMBER`,
        });
      }
    }
  return found;
}

type SocketReport = (code: string, message: string, help: string | undefined, option?: string) => void;

function ownersOf(
  { owner, group }: UnixPath,
  { unprivileged }: SocketsQuestion,
  report: SocketReport,
): { readonly uid: number | undefined; readonly gid: number | undefined } {
  for (const [option, account] of [
    ['owner', owner],
    ['group', group],
  ] as const) {
    if (!unprivileged || account === undefined) continue;
    const message = `an ordinary user cannot give a socket away: '${account}'`;
    report('socket-owner-unprivileged', message, `leave out ${option}, or run as root`, option);
  }
  const uid = typeof owner === 'string' ? lookupUser(owner)?.uid : owner;
  const gid = typeof group === 'string' ? lookupGroup(group)?.gid : group;
  const unknown = (kind: 'user' | 'group', name: string, names: readonly string[], option: string): void =>
    report(
      `unknown-${kind}`,
      `unknown ${kind} '${name}'`,
      suggestion(name, names) ?? 'write a number',
      option,
    );
  if (typeof owner === 'string' && uid === undefined) unknown('user', owner, userNames(), 'owner');
  if (typeof group === 'string' && gid === undefined) unknown('group', group, groupNames(), 'group');
  return { uid, gid };
}

/** A user who may write to the directory could put another socket in the place of this one. */
function checkPlace({ path }: UnixPath, question: SocketsQuestion, report: SocketReport): void {
  const { unprivileged, callerUid } = question;
  const { directory } = splitPath(path);
  const walk = walkPath(directory);
  const owner = unprivileged ? callerUid : 0;
  if (walk.kind === 'missing') {
    const message = `the directory '${directory}' of the socket cannot be reached: ${explain(walk.reason)}`;
    report('socket-directory-missing', message, `make it: mkdir -m 0755 ${directory}`);
    return;
  }
  const last = walk.components.at(-1);
  if (lstatSync(directory).isSymbolicLink()) {
    const message = `the directory '${directory}' of the socket is a symbolic link`;
    report('socket-directory-link', message, `write the path without it: ${walk.path}`);
  } else if (!walk.stat.isDirectory()) {
    report('socket-directory-missing', `'${directory}' is no directory`, 'name a socket in a directory');
  } else {
    const own =
      walk.stat.uid === owner ? undefined : `${last?.path ?? directory} belongs to uid ${walk.stat.uid}`;
    const reason = own ?? distrustWay(walk, unprivileged ? [0, callerUid] : [0], true);
    const message = `others could replace the socket '${path}': ${reason}`;
    if (reason !== undefined)
      report('socket-directory-untrusted', message, directoryHelp(unprivileged, owner));
    checkFile(path, report);
  }
}

function directoryHelp(unprivileged: boolean, owner: number): string {
  return unprivileged
    ? 'name a directory of your own that nobody else may write to, as $XDG_RUNTIME_DIR is'
    : ownerHelp([owner]);
}

/** A launch replaces a socket that nobody serves, and no other file. */
function checkFile(path: string, report: SocketReport): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSocket()) return;
  const message = `'${path}' is ${kindOf(stat)}, which is never replaced by a socket`;
  report('socket-path-taken', message, 'name another path, or move it away');
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a directory';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  return stat.isFile() ? 'a file' : 'a device or a pipe';
}
