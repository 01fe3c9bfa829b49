import { afterAll, describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const HEAD = [
  'portcullis: 1',
  'service: asked',
  'listen: tcp://[::]:7007',
  'run: [/bin/cat]',
  'user: nobody',
];
const FILE = folder.write(
  'asked.yaml',
  [
    ...HEAD,
    'allow:',
    '  - 192.0.2.0/24',
    '  - 2001:db8::/32',
    ...Array.from({ length: 3000 }, (_, index) => `  - 10.${index >> 8}.${index & 255}.0/25`),
    'deny: [192.0.2.128/25, 2001:db8:bad::/48, 10.7.7.7]',
    '',
  ].join('\n'),
);

describe('check --peer', () => {
  test.each([
    ['192.0.2.1', 0, 7, 5, "allows 192.0.2.1: of all that match it, '192.0.2.0/24' in 'allow'"],
    [
      '::ffff:192.0.2.200',
      1,
      3009,
      8,
      "refuses 192.0.2.200: of all that match it, '192.0.2.128/25' in 'deny'",
    ],
    ['2001:DB8::7', 0, 8, 5, "allows 2001:db8::7: of all that match it, '2001:db8::/32' in 'allow'"],
    [
      '2001:db8:bad::7',
      1,
      3009,
      24,
      "refuses 2001:db8:bad::7: of all that match it, '2001:db8:bad::/48' in 'deny'",
    ],
    ['10.7.7.8', 0, 1808, 5, "allows 10.7.7.8: of all that match it, '10.7.7.0/25' in 'allow'"],
    ['10.7.7.7', 1, 3009, 43, "refuses 10.7.7.7: of all that match it, '10.7.7.7' in 'deny'"],
    ['10.7.7.200', 1, 6, 1, 'refuses 10.7.7.200: no entry of the access list matches it'],
    ['::1', 1, 6, 1, 'refuses ::1: no entry of the access list matches it'],
  ])('%s', async (peer, code, line, column, said) => {
    const answer = await portcullis(['check', '--peer', peer, FILE]);
    expect(answer.stdout).toContain(`${FILE}:${line}:${column}: note: asked ${said}`);
    expect(answer.code).toBe(code);
  });

  test('a peer of a link has its interface, which a listener of another one does not hear', async () => {
    const link = (address: string, name: string): string =>
      folder.write(
        `${name}.yaml`,
        `${HEAD.join('\n')}\nallow: [fe80::/64]\n`.replace('tcp://[::]:7007', address),
      );
    const ask = async (peer: string, file: string): Promise<string> =>
      (await portcullis(['check', '--peer', peer, file])).stdout;
    const every = link('tcp://[::]:7009', 'every');
    const one = link('tcp://[fe80::1%lo]:7010', 'one');
    expect(await ask('fe80::2%eth7', every)).toContain(
      "allows fe80::2%eth7: of all that match it, 'fe80::/64'",
    );
    expect(await ask('fe80::2%lo', one)).toContain("allows fe80::2%lo: of all that match it, 'fe80::/64'");
    expect(await ask('fe80::2%eth7', one)).toContain(
      ':3:9: note: asked refuses fe80::2%eth7: it listens on no socket of that interface [peer-refused]',
    );
  });

  test('several peers and policies, as data', async () => {
    const open = folder.write(
      'open.yaml',
      `${HEAD.join('\n')}\n`.replace('asked', 'open').replace('7007', '7008'),
    );
    const { code, stdout } = await portcullis([
      'check',
      '--json',
      '--peer',
      '::1',
      '--peer',
      '192.0.2.9',
      FILE,
      open,
    ]);
    const answers = JSON.parse(stdout) as readonly { readonly code: string; readonly message: string }[];
    expect(answers.map((answer) => answer.code)).toEqual([
      ...['peer-refused', 'peer-allowed'],
      ...['peer-allowed', 'peer-allowed'],
    ]);
    expect(answers[2]?.message).toContain('it has no access list');
    expect(code).toBe(1);
  });

  test('a policy with an error has no answer', async () => {
    const wrong = folder.write('wrong.yaml', `${HEAD.join('\n')}\nallow: [192.0.2.7/24]\n`);
    const { code, stdout } = await portcullis(['check', '--peer', '192.0.2.7', wrong]);
    expect(stdout).toContain('[access-host-bits]');
    expect(stdout).not.toContain('peer-');
    expect(code).toBe(1);
  });

  test('what is no address is wrong usage', async () => {
    for (const peer of ['localhost', '192.0.2.0/24', '[::1]']) {
      const { code, stderr } = await portcullis(['check', '--peer', peer, FILE]);
      expect(stderr).toContain('is no numeric address');
      expect(code).toBe(2);
    }
    const scoped = await portcullis(['check', '--peer', '2001:db8::1%eth0', FILE]);
    expect(scoped).toMatchObject({ code: 2 });
    expect(scoped.stderr).toContain('leave out %eth0');
    expect((await portcullis(['check', '--peer', 'fe80::1%', FILE])).code).toBe(2);
  });
});
