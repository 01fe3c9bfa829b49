import { describe, type Refusal } from './refusal.ts';

/** A name as `FileDescriptorName=` has it. Source: systemd.socket(5): ASCII without control characters and colons. */
const NAME = /^[ -9;-~]{1,255}$/;

export const INHERIT_SHAPE: object = { type: 'string', pattern: NAME.source };

/** Options that are settled when a socket is made, and the directives of a socket unit for them. */
const OF_THE_MAKER: Readonly<Record<string, string>> = {
  owner: 'SocketUser=',
  group: 'SocketGroup=',
  mode: 'SocketMode=',
  device: 'BindToDevice=',
  backlog: 'Backlog=',
  keepalive: 'KeepAlive=',
  nodelay: 'NoDelay=',
  'defer-accept': 'DeferAcceptSec=',
  'receive-buffer': 'ReceiveBuffer=',
  'send-buffer': 'SendBuffer=',
};

/** The longest path in an address of the kernel, without the zero behind it: `sun_path` of unix(7). */
const LONGEST_PATH = 107;

/** Reads `inherit`, beside which no option of the maker of the socket may stand. */
export function inheritedName(value: unknown, options: ReadonlyMap<string, unknown>): string | Refusal {
  if (typeof value !== 'string' || !NAME.test(value)) {
    const found = typeof value === 'string' ? `'${value}'` : describe(value);
    const message = `expected the name of a socket that is passed, found ${found}`;
    const help = 'write it as in FileDescriptorName=: up to 255 characters of ASCII, and no colon';
    return { code: 'inherit-name', message, help, path: ['inherit'] };
  }
  for (const [option, directive] of Object.entries(OF_THE_MAKER)) {
    if (!options.has(option)) continue;
    const message = `'${option}' is decided by the maker of a socket, and this one is passed`;
    return {
      code: 'inherit-option',
      message,
      help: `remove it; a socket unit has ${directive}`,
      path: [option],
    };
  }
  return value;
}

/** Reports a path that is too long: the address of a socket that another process has bound is compared whole. */
export function longPath(path: string): Refusal | undefined {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= LONGEST_PATH) return undefined;
  const message = `the path of a socket that is passed has ${bytes} bytes; an address has room for ${LONGEST_PATH}`;
  return { code: 'listen-address', message, help: 'shorten it' };
}
