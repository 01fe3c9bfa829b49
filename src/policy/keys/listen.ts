import type { ListenAddress } from '../policy.ts';
import { listenSchema } from '../schema/listen.ts';
import type { PolicyKey } from './key.ts';

export const listen: PolicyKey<readonly ListenAddress[] | undefined> = {
  section: 'The service',
  description:
    'Addresses to listen on: tcp://:79 (every address), tcp4://:79 (of IPv4), tcp6://:79 (of IPv6), tcp://127.0.0.1:7, tcp://[::1]:7, udp://:69 (as tcp), unix:/run/NAME/socket, unix:@NAME.',
  details:
    'Addresses are numeric, and an IPv6 address stands in brackets: names are not looked up. One of a link has its [interface](#addresses-of-a-link). Ports go from 1 to 65535. `udp` and `unix-dgram` are [datagrams](#datagrams). An item may be a mapping of an address and its [options](#unix-sockets). A policy without this key wraps a program, which has the descriptors of its caller.',
  value: 'an address or a list of addresses',
  absent: 'the program is wrapped',
  example: ['tcp4://192.0.2.1:79', 'tcp6://[2001:db8::1]:79'],
  schema: listenSchema,
  flag: { kind: 'list', argument: 'ADDRESS' },
};
