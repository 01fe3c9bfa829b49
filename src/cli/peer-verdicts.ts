import { accessListOf, judge } from '../access/access-list.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { type IpAddress, ipText, readIpAddress, withoutMapping } from '../policy/ip-address.ts';
import type { Policy } from '../policy/policy.ts';
import { EXIT, ExitError } from './exit.ts';

/** Reads the addresses of `--peer`. */
export function readPeers(texts: readonly string[]): readonly IpAddress[] {
  return texts.map((text) => {
    const address = readIpAddress(text);
    if (address !== undefined) return withoutMapping(address);
    throw new ExitError(
      EXIT.usage,
      `'${text}' is no numeric address; write --peer 192.0.2.1 or --peer 2001:db8::1`,
    );
  });
}

/** Returns the answer of a policy to each peer, as a note at the entry that decides. */
export function peerVerdicts(policy: Policy, peers: readonly IpAddress[]): readonly Diagnostic[] {
  return peers.map((peer) => verdictOn(policy, peer));
}

/** Returns whether a note is the refusal of a peer. */
export function isRefusal({ code }: Diagnostic): boolean {
  return code === 'peer-refused';
}

function verdictOn({ file, service, spans, ...policy }: Policy, peer: IpAddress): Diagnostic {
  const list = accessListOf(policy);
  const who = ipText(peer);
  if (list === undefined) {
    const message = `${service} (${file}) allows ${who}: it has no access list`;
    return { code: 'peer-allowed', severity: 'note', message, span: undefined, help: undefined };
  }
  const { isAllowed, by } = judge(list, peer);
  const [code, word] = isAllowed ? ['peer-allowed', 'allows'] : ['peer-refused', 'refuses'];
  const reason =
    by === undefined
      ? 'no entry of the access list matches it'
      : `of all that match it, '${by.text}' in '${by.list}' is the longest prefix`;
  const span =
    by === undefined ? (spans.get('allow') ?? spans.get('deny')) : spans.get(`${by.list}.${by.index}`);
  return { code, severity: 'note', message: `${service} ${word} ${who}: ${reason}`, span, help: undefined };
}
