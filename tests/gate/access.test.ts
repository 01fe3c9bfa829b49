import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { turnsOf } from '../../src/access/turns.ts';
import { digitsData } from '../../src/plan/data.ts';
import { gateTable } from '../../src/plan/steps/access-list.ts';
import { IP_BITS, type IpAddress, type IpFamily } from '../../src/policy/ip-address.ts';
import { addressesFor, isAllowed, randomLists } from '../access/support/random-lists.ts';
import { TestFolder } from '../support/test-folder.ts';

const folder = new TestFolder();
const harness = join(folder.path, 'access');
const sources = ['access-harness.c', '../../gate/access.c', '../../gate/call.S'].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
);
const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
execFileSync('cc', ['-std=gnu17', '-Wall', '-Wextra', '-Werror', ...checks, '-o', harness, ...sources]);
afterAll(() => folder[Symbol.dispose]());

function bytesOf({ family, number }: IpAddress): Uint8Array {
  return digitsData(number.toString(16).padStart(IP_BITS[family] / 4, '0')).bytes;
}

test('the gate answers as the plain way does, for random lists and addresses', () => {
  const cases = fc
    .sample(
      randomLists.chain((list) => fc.tuple(fc.constant(list), addressesFor(list))),
      { numRuns: 500, seed: 3 },
    )
    .map(([list, addresses]) => {
      const of = (family: IpFamily): readonly IpAddress[] =>
        addresses.filter((address) => address.family === family);
      return { list, inet: of('inet'), inet6: of('inet6') };
    });
  const input = cases.flatMap(({ list, inet, inet6 }) => {
    const turns = turnsOf(list);
    const table = gateTable({ by: 'gate', turns, refusal: 'a test' }, { listen: [] });
    const counts = Uint32Array.of(turns.inet.length, turns.inet6.length, inet.length, inet6.length);
    return [
      new Uint8Array(counts.buffer),
      ...[table?.inet ?? '', table?.inet6 ?? ''].map((digits) => digitsData(digits).bytes),
      ...[...inet, ...inet6].map(bytesOf),
    ];
  });
  const said = execFileSync(harness, { input: Buffer.concat(input), encoding: 'utf8' })
    .trimEnd()
    .split('\n');
  const wanted = cases.map(({ list, inet, inet6 }) =>
    [...inet, ...inet6].map((address) => (isAllowed(list, address) ? 'a' : 'r')).join(''),
  );
  expect(said).toEqual(wanted);
  expect(wanted.join('').length).toBeGreaterThan(10_000);
  expect(new Set(wanted.join(''))).toEqual(new Set(['a', 'r']));
});
