import { expect, test } from 'vitest';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { dataOf, POLICY, rawFilter } from './support/filters.ts';

test('bpf cache says what stands in the way', async () => {
  using folder = new TestFolder();
  const policy = folder.write('sample.yaml', POLICY);
  const { stdout } = await portcullis(['bpf', 'cache', '--arch', 'x86_64', policy]);
  expect(stdout).toMatch(/^2 of \d+ calls of x86_64 are answered from the kernel's cache$/m);
  expect(stdout).toMatch(/^1 not: each is answered log$/m);
  expect(stdout).toMatch(
    /^\d+ instructions; without the cache a call executes [\d.]+ on average, \d+ at most$/m,
  );
  expect(stdout).toMatch(/^ {2}write {2}depends on fd \(.*sample\.yaml:\d+, instruction \d+\)$/m);
  const own = rawFilter(folder, 'own.bpf', 'A = low(ip)\nreturn allow');
  expect(await dataOf(['bpf', 'cache', '--json', policy, own])).toMatchObject({
    cached: [],
    instructions: expect.any(Number),
    executed: { average: expect.any(Number), most: expect.any(Number) },
    others: expect.arrayContaining([
      expect.objectContaining({ call: 'read', file: own, reason: 'depends on the place that it comes from' }),
    ]),
  });
});
