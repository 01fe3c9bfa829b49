import type { Combination, KeysOfFile, ReadValues } from './combinations.ts';
import type { AccessEntry, ListenAddress } from './policy.ts';
import { peerFamilies } from './schema/listen.ts';

const LISTS = ['allow', 'deny'] as const;

type List = (typeof LISTS)[number];

interface Placed {
  readonly list: List;
  readonly path: string;
  readonly entry: AccessEntry;
}

/** Returns findings about the access list, which `allow` and `deny` are together. */
export function accessAdvice(values: ReadValues, written: KeysOfFile['written']): readonly Combination[] {
  const lists = LISTS.filter((list) => written(list));
  if (lists.length === 0) return [];
  return [
    ...withoutListener(values, written, lists),
    ...misplaced(values),
    ...inherited(values),
    ...nobody(values, written),
    ...unreachable(values),
    ...repeated(values),
  ];
}

function withoutListener(
  values: ReadValues,
  written: KeysOfFile['written'],
  lists: readonly List[],
): readonly Combination[] {
  if (written('listen') || values.listen !== undefined) return [];
  return lists.map((list) => ({
    path: list,
    severity: 'error',
    code: 'access-without-listener',
    message: `'${list}' is about peers of a TCP socket, and this policy listens on none`,
    help: 'add the key listen, or remove the list',
  }));
}

/** Reports entries about peers that no listener can have, and users where no gate accepts that could ask for them. */
function misplaced({ allow = [], deny = [], listen, handoff }: ReadValues): readonly Combination[] {
  if (listen === undefined) return [];
  const has = (kind: 'port' | 'unix'): boolean =>
    listen.some((address) => (address.kind === 'unix' ? 'unix' : 'port') === kind);
  return [...placedIn('allow', allow), ...placedIn('deny', deny)].flatMap(({ path, entry }) => {
    const kind = entry.kind === 'prefix' ? 'port' : 'unix';
    const refused = { path, severity: 'error', code: 'access-kind' } as const;
    if (!has(kind)) {
      const [what, instead] =
        kind === 'port'
          ? ['a TCP or UDP socket', 'name users and groups: uid:N, gid:N, user:NAME, group:NAME']
          : ['a UNIX socket', 'name addresses, or listen on unix:/PATH'];
      const message = `'${entry.text}' is about peers of ${what}, and this policy listens on none`;
      return [{ ...refused, message, help: instead }];
    }
    if (kind === 'port' || handoff !== 'listener') return [];
    const message = `'${entry.text}' is judged by the gate, and with handoff: listener no gate accepts`;
    return [{ ...refused, message, help: 'use the group and the mode of the socket' }];
  });
}

/** The filter of a socket that is passed is not locked, since it is the starter's, so the service could take it away. */
function inherited({ listen = [], handoff }: ReadValues): readonly Combination[] {
  if (handoff !== 'listener') return [];
  return listen.flatMap((address, index): readonly Combination[] =>
    address.inherit === undefined || address.kind === 'unix'
      ? []
      : [
          {
            path: `listen.${index}`,
            severity: 'error',
            code: 'access-inherited',
            message: `'${address.text}' is passed, and with handoff: listener no gate asks the access list for peers that came before it`,
            help: 'write handoff: connection, leave out inherit, or put the list into the socket unit: IPAddressAllow=',
          },
        ],
  );
}

/** A peer that nothing matches is refused, so `deny` alone refuses all of them. */
function nobody({ listen = [] }: ReadValues, written: KeysOfFile['written']): readonly Combination[] {
  if (written('allow')) return [];
  return [
    {
      path: 'deny',
      severity: 'error',
      code: 'access-nobody',
      message: "a peer that no entry matches is refused, so 'deny' without 'allow' refuses everybody",
      help: listen.some(({ kind }) => kind === 'unix')
        ? 'name the users and groups that may connect in allow'
        : 'for all others write allow: [0.0.0.0/0, "::/0"]',
    },
  ];
}

/** Reports addresses whose peers are all refused, since `allow` has none of their family. */
function unreachable({ allow, listen = [] }: ReadValues): readonly Combination[] {
  if (allow === undefined) return [];
  const isReached = (address: ListenAddress): boolean =>
    allow.some((entry) =>
      entry.kind === 'prefix' ? peerFamilies(address).includes(entry.family) : address.kind === 'unix',
    );
  return listen.flatMap((address, index): readonly Combination[] => {
    if (isReached(address)) return [];
    if (address.kind === 'unix') {
      const message = `'${address.text}' has users of the host as peers, and 'allow' has none of them: all are refused`;
      const help = 'name those that may connect in allow: uid:N, gid:N, user:NAME, group:NAME';
      return [{ path: `listen.${index}`, severity: 'warning', code: 'access-nobody', message, help }];
    }
    const family = peerFamilies(address).includes('inet') ? 'IPv4' : 'IPv6';
    return [
      {
        path: `listen.${index}`,
        severity: 'warning',
        code: 'access-nobody',
        message: `'${address.text}' has ${family} peers, and 'allow' has none of them: all are refused`,
        help: `name those that may connect in allow; ${family === 'IPv4' ? '0.0.0.0/0' : '::/0'} is every one`,
      },
    ];
  });
}

function repeated({ allow = [], deny = [] }: ReadValues): readonly Combination[] {
  const findings: Combination[] = [];
  const first = new Map<string, Placed>();
  for (const placed of [...placedIn('allow', allow), ...placedIn('deny', deny)]) {
    const key = keyOf(placed.entry);
    const before = first.get(key);
    if (before === undefined) first.set(key, placed);
    else findings.push(before.list === placed.list ? twice(placed) : contradiction(before, placed));
  }
  return findings;
}

function placedIn(list: List, entries: readonly AccessEntry[]): readonly Placed[] {
  return entries.map((entry, index) => ({ list, path: `${list}.${index}`, entry }));
}

/** The peers that an entry is about: two that are about the same have one key. */
function keyOf(entry: AccessEntry): string {
  switch (entry.kind) {
    case 'prefix':
      return `${entry.family} ${entry.number}/${entry.bits}`;
    case 'user':
    case 'group':
      return `${entry.kind} ${entry.account}`;
  }
}

function twice({ path, entry, list }: Placed): Combination {
  return {
    path,
    severity: 'warning',
    code: 'access-twice',
    message: `'${entry.text}' stands in '${list}' twice`,
    help: 'keep one of the two',
  };
}

function contradiction(before: Placed, { path, entry }: Placed): Combination {
  return {
    path,
    severity: 'error',
    code: 'access-contradiction',
    message: `'${entry.text}' is denied, and '${before.list}' has '${before.entry.text}', which is the same`,
    help: 'keep one of the two; a longer prefix makes an exception to a shorter one',
  };
}
