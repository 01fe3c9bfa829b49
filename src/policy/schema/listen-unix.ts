import type { AbstractName, UnixAddress, UnixPath } from '../policy.ts';
import { accountOf } from './account.ts';
import { longPath } from './listen-inherit.ts';
import type { ListenItem } from './listen-item.ts';
import { PORT_OPTIONS } from './listen-port-options.ts';
import { normalPath } from './paths.ts';
import { describe, type Refusal } from './refusal.ts';

const CODE = 'listen-address';

/** The room for a name: `sun_path` of unix(7) without the zero that ends a path, or begins an abstract name. */
const LONGEST_NAME = 107;

/** Nobody but the owner may connect. */
const DEFAULT_MODE = 0o600;

const TYPES: Readonly<Record<string, UnixAddress['type']>> = {
  unix: 'stream',
  'unix-seqpacket': 'seqpacket',
  'unix-dgram': 'dgram',
};

export const UNIX_PATTERN = '^unix(-seqpacket|-dgram)?:(/[^/]|@.)';

/** Returns whether a text is the address of a UNIX socket, right or wrong. */
export function isUnix(text: string): boolean {
  return /^unix(-seqpacket|-dgram)?:/.test(text);
}

/** Reads `unix:/run/echo/socket`, `unix-seqpacket:/run/echo/socket` or `unix:@echo`, with the options of the socket. */
export function readUnixAddress({ address: text, options, inherit }: ListenItem): UnixAddress | Refusal {
  const foreign = PORT_OPTIONS.find((name) => options.has(name));
  if (foreign !== undefined) {
    const message = `'${foreign}' is an option of ports`;
    return { code: 'listen-option', message, help: 'remove it', path: [foreign] };
  }
  const colon = text.indexOf(':');
  const [scheme, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  const type = TYPES[scheme] ?? 'stream';
  const place = rest.startsWith('@') ? abstractName(rest.slice(1), options) : unixPath(scheme, rest, options);
  if ('code' in place) return place;
  const tooLong = inherit !== undefined && place.kind === 'path' ? longPath(place.path) : undefined;
  if (tooLong !== undefined) return tooLong;
  const receivesDescriptors = options.get('receive-descriptors') ?? false;
  if (typeof receivesDescriptors !== 'boolean') {
    const message = `expected true or false, found ${describe(receivesDescriptors)}`;
    return { code: 'listen-option', message, path: ['receive-descriptors'] };
  }
  return {
    kind: 'unix',
    text,
    type,
    place,
    receivesDescriptors,
    ...(inherit === undefined ? {} : { inherit }),
  };
}

function abstractName(name: string, options: ListenItem['options']): AbstractName | Refusal {
  const refused = nameProblem(name);
  if (refused !== undefined) return refused;
  const option = ['owner', 'group', 'mode'].find((key) => options.has(key));
  if (option === undefined) return { kind: 'abstract', name };
  const message = `'${option}' has no meaning for an abstract name, which is no file`;
  const help = 'remove it, or listen on a path: every user of the host may connect to an abstract name';
  return { code: 'listen-option', message, help, path: [option] };
}

function unixPath(scheme: string, path: string, options: ListenItem['options']): UnixPath | Refusal {
  if (!path.startsWith('/')) {
    const message = `expected an absolute path, found '${path}'`;
    return { code: CODE, message, help: `write ${scheme}:/PATH, or ${scheme}:@NAME for an abstract name` };
  }
  const normal = normalPath(path);
  const name = normal.slice(normal.lastIndexOf('/') + 1);
  const refused = nameProblem(name);
  if (refused !== undefined) return refused;
  if (normal !== path || path.includes('\0')) {
    const message = `'${path}' is not in its shortest form`;
    return { code: CODE, message, help: `write ${scheme}:${normal}` };
  }
  const [owner, group, mode] = [accountIn('owner', options), accountIn('group', options), modeIn(options)];
  if (isRefusal(owner)) return owner;
  if (isRefusal(group)) return group;
  if (isRefusal(mode)) return mode;
  return { kind: 'path', path, owner, group, mode };
}

/** A path may be of any length: the launch goes to its directory first. */
function nameProblem(name: string): Refusal | undefined {
  const bytes = new TextEncoder().encode(name).length;
  if (name === '')
    return { code: CODE, message: 'the socket has no name', help: 'write unix:/PATH or unix:@NAME' };
  if (name.includes('\0')) return { code: CODE, message: 'the name contains a NUL character' };
  if (bytes <= LONGEST_NAME) return undefined;
  const message = `the name of the socket has ${bytes} bytes; the kernel takes ${LONGEST_NAME}`;
  return { code: CODE, message, help: 'shorten it; the path of its directory may be longer' };
}

function accountIn(
  key: 'owner' | 'group',
  options: ListenItem['options'],
): string | number | undefined | Refusal {
  return options.has(key) ? withPath(accountOf(options.get(key)), key) : undefined;
}

function modeIn(options: ListenItem['options']): number | Refusal {
  if (!options.has('mode')) return DEFAULT_MODE;
  const value = options.get('mode');
  const digits = typeof value === 'string' ? /^(?:0o?)?([0-7]{3})$/.exec(value)?.[1] : undefined;
  const mode = digits === undefined ? undefined : Number.parseInt(digits, 8);
  if (mode !== undefined && (mode & 0o600) === 0o600) return mode;
  const message = `expected a mode with which the owner may connect, found ${describe(value)}`;
  const help = 'write three or four octal digits in quotes, as "0600" or "0660"';
  return { code: 'listen-option', message, help, path: ['mode'] };
}

function withPath<T>(read: T | Refusal, key: string): T | Refusal {
  return isRefusal(read) ? { ...read, path: [key] } : read;
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'code' in value;
}

/** Returns whether both sockets would have one name. */
export function unixOverlap({ place: left }: UnixAddress, { place: right }: UnixAddress): boolean {
  switch (left.kind) {
    case 'path':
      return right.kind === 'path' && left.path === right.path;
    case 'abstract':
      return right.kind === 'abstract' && left.name === right.name;
  }
}
