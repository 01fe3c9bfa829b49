import { readFileSync } from 'node:fs';

/**
 * Settings of the kernel that bound a listener, by their names. A socket has those of the network namespace in which it is
 * made, which is that of the launcher.
 */
export const NETWORK_SETTINGS = [
  'net.core.somaxconn',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_syncookies',
  'net.core.optmem_max',
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.netfilter.nf_conntrack_max',
] as const;

export type NetworkSetting = (typeof NETWORK_SETTINGS)[number];

/** Those that this host shows; connections are tracked only where nf_conntrack is loaded. */
export type NetworkSettings = ReadonlyMap<NetworkSetting, number>;

/** /proc/sys/net shows each process the settings of its own network namespace. */
export function readNetworkSettings(): NetworkSettings {
  return new Map(
    NETWORK_SETTINGS.flatMap((name) => {
      const value = readSetting(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function readSetting(name: NetworkSetting): number | undefined {
  try {
    const text = readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
