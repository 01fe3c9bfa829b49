import { isInterfaceName, LONGEST_INTERFACE } from '../interface-name.ts';
import { isMapping } from '../mapping.ts';
import type { Keepalive, PortAddress, PortOptions } from '../policy.ts';
import type { ListenItem } from './listen-item.ts';
import { parseQuantity, type QuantityKind, quantityPattern } from './quantity.ts';
import { describe, type Refusal } from './refusal.ts';

const CODE = 'listen-option';

/** Options of a port; those of connections are TCP's alone. */
export const PORT_OPTIONS = [
  'device',
  'backlog',
  'keepalive',
  'nodelay',
  'defer-accept',
  'receive-buffer',
  'send-buffer',
] as const;

type OptionName = (typeof PORT_OPTIONS)[number];

const OF_CONNECTIONS: readonly OptionName[] = ['backlog', 'keepalive', 'nodelay', 'defer-accept'];

const SECONDS = { kind: 'seconds', least: 1n, most: 32_767n } as const;
const BYTES = { kind: 'bytes', least: 4096n, most: 1n << 30n } as const;
const COUNT = { kind: 'count', least: 1n, most: 127n } as const;

/** Reads the options of a port; `undefined`: it has none. */
export function readPortOptions(
  { options }: ListenItem,
  kind: PortAddress['kind'],
): PortOptions | Refusal | undefined {
  let read: PortOptions = {};
  for (const [name, value] of options) {
    const part = readOption(name, value, kind);
    if ('code' in part) return { ...part, path: [name, ...(part.path ?? [])] };
    read = { ...read, ...part };
  }
  return options.size === 0 ? undefined : read;
}

function isOption(name: string): name is OptionName {
  return PORT_OPTIONS.some((option) => option === name);
}

function readOption(name: string, value: unknown, kind: PortAddress['kind']): PortOptions | Refusal {
  if (!isOption(name)) return refusal(`'${name}' is an option of UNIX sockets`, 'remove it');
  if (kind === 'udp' && OF_CONNECTIONS.includes(name))
    return refusal(`'${name}' is an option of connections, and this socket takes datagrams`, 'remove it');
  switch (name) {
    case 'device':
      return readDevice(value);
    case 'backlog':
      return number(value, { kind: 'count', least: 1n, most: 65_535n }, (backlog) => ({ backlog }));
    case 'keepalive':
      return readKeepalive(value);
    case 'nodelay':
      return value === true ? { nodelay: true } : isSwitch(value);
    case 'defer-accept':
      return number(value, { ...SECONDS, most: 600n }, (deferAcceptS) => ({ deferAcceptS }));
    case 'receive-buffer':
      return number(value, BYTES, (receiveBuffer) => ({ receiveBuffer }));
    case 'send-buffer':
      return number(value, BYTES, (sendBuffer) => ({ sendBuffer }));
  }
}

function readDevice(value: unknown): PortOptions | Refusal {
  if (typeof value === 'string' && isInterfaceName(value)) return { device: value };
  return refusal(`expected the name of an interface, found ${describe(value)}`, 'ip link lists their names');
}

function readKeepalive(value: unknown): PortOptions | Refusal {
  if (value === true) return { keepalive: {} };
  if (!isMapping(value)) return isSwitch(value, ', or { idle: 60s, interval: 10s, count: 3 }');
  let keepalive: Keepalive = {};
  for (const [name, written] of Object.entries(value)) {
    const part = readKeepaliveTime(name, written);
    if ('code' in part) return { ...part, path: [name] };
    keepalive = { ...keepalive, ...part };
  }
  return { keepalive };
}

function readKeepaliveTime(name: string, value: unknown): Keepalive | Refusal {
  switch (name) {
    case 'idle':
      return number(value, SECONDS, (idleS) => ({ idleS }));
    case 'interval':
      return number(value, SECONDS, (intervalS) => ({ intervalS }));
    case 'count':
      return number(value, COUNT, (count) => ({ count }));
    default:
      return refusal(`unknown key '${name}'`, 'the keys here are idle, interval, count');
  }
}

function isSwitch(value: unknown, more = ''): PortOptions | Refusal {
  return value === false
    ? {}
    : refusal(`expected true or false, found ${describe(value)}`, `write true${more}`);
}

interface Range {
  readonly kind: QuantityKind;
  readonly least: bigint;
  readonly most: bigint;
}

function number<T>(value: unknown, { kind, least, most }: Range, take: (number: number) => T): T | Refusal {
  if (typeof value !== 'string' && typeof value !== 'number')
    return refusal(`expected a quantity, found ${describe(value)}`);
  const quantity = parseQuantity(String(value), kind);
  if (quantity.kind === 'problem') return { code: CODE, message: quantity.message, help: quantity.help };
  if (quantity.value >= least && quantity.value <= most) return take(Number(quantity.value));
  return refusal(`expected ${least} to ${most}${kind === 'count' ? '' : ` ${kind}`}, found '${value}'`);
}

function refusal(message: string, help?: string): Refusal {
  return { code: CODE, message, help };
}

const amount = (kind: QuantityKind): object => ({
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: `^${quantityPattern(kind)}$` }],
});

/** The options in the JSON Schema. */
export const PORT_OPTION_SHAPES: Readonly<Record<OptionName, object>> = {
  device: { type: 'string', minLength: 1, maxLength: LONGEST_INTERFACE },
  backlog: { type: 'integer', minimum: 1, maximum: 65_535 },
  keepalive: {
    anyOf: [
      { type: 'boolean' },
      {
        type: 'object',
        properties: {
          idle: amount('seconds'),
          interval: amount('seconds'),
          count: { type: 'integer', minimum: 1, maximum: 127 },
        },
        additionalProperties: false,
      },
    ],
  },
  nodelay: { type: 'boolean' },
  'defer-accept': amount('seconds'),
  'receive-buffer': amount('bytes'),
  'send-buffer': amount('bytes'),
};
