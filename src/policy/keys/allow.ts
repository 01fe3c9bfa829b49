import type { AccessEntry } from '../policy.ts';
import { entriesSchema } from '../schema/prefix.ts';
import type { PolicyKey } from './key.ts';

export const allow: PolicyKey<readonly AccessEntry[] | undefined> = {
  section: 'The service',
  description:
    'Peers that may connect, by address or prefix, or by user or group on a UNIX socket; every peer without allow and deny.',
  details:
    'Of the entries of both lists that match a peer the longest prefix decides, and a peer that none matches is refused. The kernel drops the packets of a refused peer: it gets no answer. `0.0.0.0/0` and `::/0` are every address. [Users and groups](#unix-sockets) are `uid:N`, `gid:N`, `user:NAME` and `group:NAME`.',
  value: 'a list of prefixes, users and groups',
  absent: 'nobody, if there is `deny`, else everybody',
  example: ['192.0.2.0/24', '2001:db8::/32'],
  schema: entriesSchema,
  flag: { kind: 'list', argument: 'PREFIX' },
};
