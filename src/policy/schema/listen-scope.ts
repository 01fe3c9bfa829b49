import { isInterfaceName } from '../interface-name.ts';
import { readIpAddress } from '../ip-address.ts';
import type { PortAddress, PortOptions } from '../policy.ts';
import type { Refusal } from './refusal.ts';

const CODE = 'listen-scope';

/** An IPv6 address as it stands between brackets: `fe80::1%eth0`. */
export interface Scoped {
  readonly address: string;
  /** Absent: none is written. */
  readonly scope?: string;
}

/** Takes an address and its scope apart. */
export function scopedAddress(written: string): Scoped {
  const sign = written.indexOf('%');
  return sign === -1
    ? { address: written }
    : { address: written.slice(0, sign), scope: written.slice(sign + 1) };
}

/** The multicast addresses of one interface or one link. Source: RFC 4291, 2.7. */
const NEAR_SCOPES: readonly bigint[] = [1n, 2n];

/**
 * Returns whether an IPv6 address means nothing without an interface: those of a link, fe80::/10, and multicast ones of
 * a link or an interface. Source: __ipv6_addr_needs_scope_id of include/net/ipv6.h.
 */
export function needsScope(address: string): boolean {
  const read = readIpAddress(address);
  if (read?.family !== 'inet6') return false;
  if (read.number >> 118n === 0xfe80n >> 6n) return true;
  return read.number >> 120n === 0xffn && NEAR_SCOPES.includes((read.number >> 112n) & 0xfn);
}

/** Reports a scope that is missing, has no meaning for the address, or cannot be the name of an interface. */
export function scopeProblem(
  { scheme, address, port }: { readonly scheme: string; readonly address: string; readonly port: number },
  scope: string | undefined,
): Refusal | undefined {
  if (needsScope(address)) {
    if (scope !== undefined && isInterfaceName(scope)) return undefined;
    const message =
      scope === undefined
        ? `'${address}' is an address of each link, and none is named`
        : `expected the name of an interface behind %, found '${scope}'`;
    const help = `write the interface: ${scheme}://[${address}%eth0]:${port}; ip link lists their names`;
    return { code: CODE, message, help };
  }
  if (scope === undefined) return undefined;
  const message = `'${address}' is no address of a link, and means the same on every interface`;
  const device = isInterfaceName(scope) ? scope : 'NAME';
  const help = `leave out %${scope}; for peers of one interface write { address: "${scheme}://[${address}]:${port}", device: ${device} }`;
  return { code: CODE, message, help };
}

/** Reports an interface among the options of an address that has one. */
export function deviceProblem({ scope }: PortAddress, { device }: PortOptions): Refusal | undefined {
  if (scope === undefined || device === undefined) return undefined;
  const message = `the address has its interface, '${scope}', already`;
  return { code: CODE, message, help: 'remove device', path: ['device'] };
}
