import { isMapping } from '../mapping.ts';
import { unknownKey } from '../schema-problem.ts';
import { INHERIT_SHAPE, inheritedName } from './listen-inherit.ts';
import { PORT_OPTION_SHAPES, PORT_OPTIONS } from './listen-port-options.ts';
import { describe, type Refusal } from './refusal.ts';

/** One listener as written: its address, and its options by name. */
export interface ListenItem {
  readonly address: string;
  readonly options: ReadonlyMap<string, unknown>;
  /** The name of a socket that is passed. */
  readonly inherit?: string;
}

/** The options of a listener: first those of UNIX sockets. */
const OPTIONS = ['owner', 'group', 'mode', 'receive-descriptors', ...PORT_OPTIONS] as const;

/** Takes an address, or a mapping `{ address: ADDRESS, ... }`, apart; `form`: the help for what is neither. */
export function itemOf(value: unknown, form: string): ListenItem | Refusal {
  if (typeof value === 'string') return { address: value, options: new Map() };
  const mistyped = (found: unknown, path: readonly string[]): Refusal => {
    const message = `expected an address, found ${describe(found)}`;
    return { code: 'listen-address', message, help: form, path };
  };
  if (!isMapping(value)) return mistyped(value, []);
  const { address, inherit, ...options } = value;
  for (const name of Object.keys(options)) {
    if (OPTIONS.some((option) => option === name)) continue;
    const { code, message, help } = unknownKey(name, [], ['address', 'inherit', ...OPTIONS]);
    return { code, message, help, path: [name] };
  }
  if (typeof address !== 'string') return mistyped(address, address === undefined ? [] : ['address']);
  const item = { address, options: new Map(Object.entries(options)) };
  if (inherit === undefined) return item;
  const name = inheritedName(inherit, item.options);
  return typeof name === 'string' ? { ...item, inherit: name } : name;
}

/** A listener with options in the JSON Schema. */
export const LISTENER_SHAPE = (pattern: string): object => ({
  type: 'object',
  properties: {
    address: { type: 'string', pattern },
    inherit: INHERIT_SHAPE,
    owner: { type: ['string', 'integer'] },
    group: { type: ['string', 'integer'] },
    mode: { type: 'string', pattern: '^0?[67][0-7]{2}$' },
    'receive-descriptors': { type: 'boolean' },
    ...PORT_OPTION_SHAPES,
  },
  required: ['address'],
  additionalProperties: false,
});
