import { ELF_MACHINES } from './machines.ts';

/** One library of /etc/ld.so.cache. */
export interface CacheEntry {
  readonly path: string;
  /** For what kind of library; see `cacheFlags`. */
  readonly flags: number;
  /** A variant for some processors only. */
  readonly forHardware: boolean;
}

/** Source: sysdeps/generic/dl-cache.h of glibc; the older format may stand in front of this one. */
const MAGIC = 'glibc-ld.so.cache1.1';
/** `struct cache_file_new`: magic 0, nlibs 20, len_strings 24, libs 48. */
const HEADER_BYTES = 48;
/** `struct file_entry_new`: flags 0, key 4, value 8, osversion 12, hwcap 16. */
const ENTRY_BYTES = 24;
const ALIGNMENT = 8;

/** The `flags` of the entries of a machine. Source: sysdeps/generic/ldconfig.h. */
export function cacheFlags(machine: number): number {
  return machine === ELF_MACHINES.aarch64 ? 0x0a03 : 0x0303;
}

/** The libraries of a cache by their names, in its order; none where the file is no cache of a loader that is in use. */
export function readLoaderCache(bytes: Buffer): ReadonlyMap<string, readonly CacheEntry[]> {
  const entries = new Map<string, CacheEntry[]>();
  const start = bytes.indexOf(MAGIC);
  if (start === -1 || start % ALIGNMENT !== 0 || start + HEADER_BYTES > bytes.length) return entries;
  const cache = bytes.subarray(start);
  const count = cache.readUInt32LE(20);
  for (let index = 0; index < count; index += 1) {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    if (at + ENTRY_BYTES > cache.length) break;
    const name = textAt(cache, cache.readUInt32LE(at + 4));
    const path = textAt(cache, cache.readUInt32LE(at + 8));
    if (name === undefined || path === undefined) continue;
    const entry = {
      path,
      flags: cache.readInt32LE(at),
      forHardware: cache.readBigUInt64LE(at + 16) !== 0n,
    };
    entries.set(name, [...(entries.get(name) ?? []), entry]);
  }
  return entries;
}

function textAt(cache: Buffer, at: number): string | undefined {
  const end = at < cache.length ? cache.indexOf(0, at) : -1;
  return end === -1 ? undefined : cache.toString('utf8', at, end);
}
