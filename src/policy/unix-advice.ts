import type { Combination, ReadValues } from './combinations.ts';
import type { UnixAddress } from './policy.ts';

/** Returns errors for limits that need times of a connection, which only TCP has. */
export function unixDeadlines({ listen = [], limits, handoff }: ReadValues): readonly Combination[] {
  const socket = listen.find(({ kind }) => kind === 'unix');
  if (socket === undefined || limits === undefined || handoff === 'listener' || handoff === 'peer') return [];
  const keys = [
    ['first-byte', limits.firstByteMs],
    ['idle', limits.idleMs],
  ] as const;
  return keys.flatMap(([key, ms]): readonly Combination[] =>
    ms === undefined
      ? []
      : [
          {
            path: `limits.${key}`,
            severity: 'error',
            code: 'deadline-on-unix',
            message: `'${key}' is a limit of TCP connections: the kernel keeps no times of '${socket.text}'`,
            help: 'remove the key and use time, or write one policy for each kind of socket',
          },
        ],
  );
}

/** Returns notes that say who may connect, where a policy does not. */
export function unixSockets({ listen = [], allow, deny }: ReadValues): readonly Combination[] {
  const hasList = allow !== undefined || deny !== undefined;
  return listen.flatMap((address, index): readonly Combination[] =>
    address.kind === 'unix' ? advice(address, `listen.${index}`, hasList) : [],
  );
}

function advice(
  { text, place, type, inherit }: UnixAddress,
  path: string,
  hasList: boolean,
): readonly Combination[] {
  const note = { path, severity: 'note' } as const;
  switch (place.kind) {
    case 'path': {
      // The maker of the socket has decided that.
      if (inherit !== undefined) return [];
      if (place.owner !== undefined || place.group !== undefined || place.mode !== 0o600) return [];
      const message = `only its owner may connect to '${text}', the user that starts the service (mode 0600)`;
      const help = `for others write { address: ${text}, group: GROUP, mode: "0660" }`;
      return [{ ...note, code: 'socket-private', message, help }];
    }
    case 'abstract': {
      if (hasList) return [];
      const does = type === 'dgram' ? 'send' : 'connect';
      const message = `every user of the host may ${does} to '${text}': an abstract name has no owner and no mode`;
      return [
        {
          ...note,
          code: 'socket-open',
          message,
          help:
            type === 'dgram'
              ? 'listen on a path, unless that is meant'
              : 'name users in allow, or listen on a path, unless that is meant',
        },
      ];
    }
  }
}
