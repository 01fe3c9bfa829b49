import type { PortAddress } from './policy.ts';

/** IFNAMSIZ less the zero behind the name. Source: include/uapi/linux/if.h. */
export const LONGEST_INTERFACE = 15;

/** Returns whether an interface can have this name. Source: dev_valid_name of net/core/dev.c. */
export function isInterfaceName(text: string): boolean {
  return text.length <= LONGEST_INTERFACE && /^[!-.0-9;-~]+$/.test(text) && text !== '.' && text !== '..';
}

/** The interface that a port is bound to: that of its address, or that of its options. */
export function interfaceOf({ scope, options }: PortAddress): string | undefined {
  return scope ?? options?.device;
}
