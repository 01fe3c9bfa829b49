import { derived } from './derived.ts';
import type { Exercise } from './exercise.ts';

/** Networks 127.1.0.0/16 to 127.254.0.0/16 of the loopback. */
const NETWORKS: readonly number[] = Array.from({ length: 254 }, (_, index) => index + 1);

/**
 * Gives each client and each attack of an exercise an address in a network of its own, by the seed. So no policy can
 * tell attackers from clients by their addresses, and a penalty for one attack keeps out none of the others.
 */
export function addressesOf(exercise: Exercise, seed: string): ReadonlyMap<string, string> {
  const order = (network: number): string => derived(seed, `network ${network}`, 16);
  const networks = NETWORKS.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  // Several sources of an attack follow the first: it stands low in its network.
  const low = (label: string): number => 2 + (Number.parseInt(derived(seed, label, 4), 16) % 40);
  const names = [...exercise.honest, ...exercise.attacks].map(({ name }) => name);
  return new Map(
    names.map((name, index) => [name, `127.${networks[index]}.${low(`${name} a`)}.${low(`${name} b`)}`]),
  );
}
