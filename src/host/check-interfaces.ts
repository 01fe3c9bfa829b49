import type { Diagnostic } from '../policy/diagnostic.ts';
import { interfaceOf } from '../policy/interface-name.ts';
import { listenerSpan } from '../policy/listener-span.ts';
import type { Policy } from '../policy/policy.ts';
import { interfaceNames } from './interfaces.ts';
import { suggestion } from './resolve-identity.ts';

/** More would fill the screen on a host of many containers. */
const MOST_NAMES = 12;

/** Reports interfaces of addresses and of `device` that this host does not have. */
export function checkInterfaces({ listen, spans }: Policy): readonly Diagnostic[] {
  const wanted = listen.flatMap((address, index) => {
    const name = address.kind === 'unix' ? undefined : interfaceOf(address);
    const option = address.kind !== 'unix' && address.scope === undefined ? 'device' : 'address';
    return name === undefined ? [] : [{ name, span: listenerSpan(spans, index, option) }];
  });
  if (wanted.length === 0) return [];
  const names = interfaceNames();
  return wanted
    .filter(({ name }) => !names.includes(name))
    .map(({ name, span }) => ({
      code: 'unknown-interface',
      severity: 'error',
      message: `this host has no interface '${name}'`,
      span,
      help: [suggestion(name, names), existing(names)].filter((text) => text !== undefined).join(' '),
    }));
}

function existing(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more: ip link` : '';
  return `there are ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}
