import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { accessFilter } from '../../src/access/access-filter.ts';
import { turnsOf } from '../../src/access/turns.ts';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { errnoOf } from '../../src/kernel/errno.ts';
import { type IpAddress, type IpFamily, ipText, isMapped } from '../../src/policy/ip-address.ts';
import { encodeProgram, type Program } from '../../src/seccomp/index.ts';
import { TestFolder } from '../support/test-folder.ts';
import { apart } from './support/apart.ts';
import { buildPeers, inOwnNetwork, Peers } from './support/peers.ts';
import { addressesFor, isAllowed, randomLists } from './support/random-lists.ts';

const folder = new TestFolder();
const program = buildPeers(folder);
afterAll(() => folder[Symbol.dispose]());

const BOTH: readonly IpFamily[] = ['inet', 'inet6'];

function attaching(filter: Program): string {
  return `attach ${Buffer.from(encodeProgram(filter)).toString('hex')}`;
}

/** Returns whether a host can have the address without an interface to name, and nothing else in its place. */
function isOfHost(address: IpAddress): boolean {
  const { family, number } = address;
  if (family === 'inet') return number >> 24n > 0n && number >> 24n < 224n;
  return number !== 0n && number >> 120n !== 0xffn && number >> 118n !== 0xfe80n >> 6n && !isMapped(address);
}

describe('a filter of the kernel', () => {
  test('keeps and drops the packets of a dual-stack socket as the list says, for random lists and addresses', async () => {
    using peers = new Peers(program, inOwnNetwork());
    const cases = fc.sample(
      randomLists.chain((list) => fc.tuple(fc.constant(list), addressesFor(list))),
      { numRuns: 600, seed: 7 },
    );
    const asked = { inet: 0, inet6: 0 };
    for (const [list, addresses] of cases) {
      const filter = accessFilter(turnsOf(list), BOTH, hostArchitecture());
      expect(await peers.ask(attaching(filter))).toEqual(['0']);
      const sending = addresses.filter(isOfHost);
      const answers = await peers.ask(...sending.map((address) => `send ${ipText(address)}`));
      for (const [index, address] of sending.entries()) {
        if (answers[index] === 'none') continue;
        asked[address.family] += 1;
        const wanted = isAllowed(list, address) ? 'kept' : 'dropped';
        expect({ address: ipText(address), answer: answers[index] }).toEqual({
          address: ipText(address),
          answer: wanted,
        });
      }
    }
    expect(Math.min(asked.inet, asked.inet6)).toBeGreaterThan(3000);
  });

  test.each([
    ['a longer one than 4096 instructions', 2100, 131_072, 'EINVAL'],
    ['one that net.core.optmem_max has no room for', 900, 20_480, 'ENOMEM'],
  ] as const)('%s is refused', async (_, prefixes, memory, errno) => {
    const sysctl = `echo ${memory} > /proc/sys/net/core/optmem_max`;
    using peers = new Peers(program, inOwnNetwork(sysctl));
    const filterOf = (count: number): string =>
      attaching(
        accessFilter(turnsOf({ allow: apart('inet', count, 24), deny: [] }), BOTH, hostArchitecture()),
      );
    expect(await peers.ask(filterOf(prefixes), filterOf(300))).toEqual([String(errnoOf(errno)), '0']);
  });

  test.each([
    ['inet', 385, 24],
    ['inet6', 170, 48],
  ] as const)(
    'of 800 instructions fits into the memory of older kernels: %s',
    async (family, count, bits) => {
      using peers = new Peers(program, inOwnNetwork('echo 20480 > /proc/sys/net/core/optmem_max'));
      const turns = turnsOf({ allow: apart(family, count, bits), deny: [] });
      const filter = accessFilter(turns, BOTH, hostArchitecture());
      expect(filter.instructions.length).toBeGreaterThan(740);
      expect(filter.instructions.length).toBeLessThanOrEqual(800);
      expect(await peers.ask(attaching(filter))).toEqual(['0']);
    },
  );
});
