import { accessListOf, judge } from '../access/access-list.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { interfaceOf, isInterfaceName } from '../policy/interface-name.ts';
import { type IpAddress, ipText, readIpAddress, withoutMapping } from '../policy/ip-address.ts';
import type { Policy } from '../policy/policy.ts';
import { needsScope, scopedAddress } from '../policy/schema/listen-scope.ts';
import { EXIT, ExitError } from './exit.ts';

/** A peer to judge; `scope`: the interface that an address of a link has. */
export interface AskedPeer {
  readonly address: IpAddress;
  readonly scope?: string;
}

/** Reads the addresses of `--peer`: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`. */
export function readPeers(texts: readonly string[]): readonly AskedPeer[] {
  return texts.map((text) => {
    const { address: numeric, scope } = scopedAddress(text);
    const address = readIpAddress(numeric);
    if (address === undefined)
      throw wrong(text, 'is no numeric address; write --peer 192.0.2.1 or --peer 2001:db8::1');
    if (scope === undefined) return { address: withoutMapping(address) };
    if (!needsScope(numeric)) throw wrong(text, `is no address of a link; leave out %${scope}`);
    if (!isInterfaceName(scope)) throw wrong(text, 'has no interface behind %; write --peer fe80::1%eth0');
    return { address, scope };
  });
}

function wrong(text: string, message: string): ExitError {
  return new ExitError(EXIT.usage, `'${text}' ${message}`);
}

/** Returns the answer of a policy to each peer, as a note at the entry that decides. */
export function peerVerdicts(policy: Policy, peers: readonly AskedPeer[]): readonly Diagnostic[] {
  return peers.map((peer) => unreached(policy, peer) ?? verdictOn(policy, peer));
}

/** Returns the answer to a peer of a link that no listener is on; the kernel gives it before any list. */
function unreached(
  { service, listen, spans }: Policy,
  { address, scope }: AskedPeer,
): Diagnostic | undefined {
  if (scope === undefined) return undefined;
  const isReached = listen.some(
    (listener) => listener.kind !== 'unix' && (interfaceOf(listener) ?? scope) === scope,
  );
  if (isReached) return undefined;
  const message = `${service} refuses ${ipText(address)}%${scope}: it listens on no socket of that interface`;
  return { code: 'peer-refused', severity: 'note', message, span: spans.get('listen'), help: undefined };
}

/** Returns whether a note is the refusal of a peer. */
export function isRefusal({ code }: Diagnostic): boolean {
  return code === 'peer-refused';
}

function verdictOn({ file, service, spans, ...policy }: Policy, { address, scope }: AskedPeer): Diagnostic {
  const list = accessListOf(policy);
  const who = ipText(address) + (scope === undefined ? '' : `%${scope}`);
  if (list === undefined) {
    const message = `${service} (${file}) allows ${who}: it has no access list`;
    return { code: 'peer-allowed', severity: 'note', message, span: undefined, help: undefined };
  }
  const { isAllowed, by } = judge(list, address);
  const [code, word] = isAllowed ? ['peer-allowed', 'allows'] : ['peer-refused', 'refuses'];
  const reason =
    by === undefined
      ? 'no entry of the access list matches it'
      : `of all that match it, '${by.text}' in '${by.list}' is the longest prefix`;
  const span =
    by === undefined ? (spans.get('allow') ?? spans.get('deny')) : spans.get(`${by.list}.${by.index}`);
  return { code, severity: 'note', message: `${service} ${word} ${who}: ${reason}`, span, help: undefined };
}
