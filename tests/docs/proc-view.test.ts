import { expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { freePort } from '../support/ports.ts';
import { processTree, readProcess } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { blocks, page } from './support/page.ts';

const [status = ''] = blocks(page('docs/launch.md'), 'text').filter((block) => block.startsWith('Uid:'));

/** Names with values, as the page shows them: status lines, then descriptors without their numbers of the kernel. */
const shown = status.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
  const [, name, value = ''] = /^(\w+): *(.*)$/.exec(line) ?? /^(\d) -> (\w+):/.exec(line) ?? [];
  return name === undefined ? [] : [[name, value.replaceAll(/\s+/g, ' ')]];
});

test('docs/launch.md shows a session as /proc has it', async () => {
  using folder = new TestFolder();
  const port = freePort();
  await using running = await launchReady([shippedPolicy(folder, 'echo.yaml', { '[::]:7': `[::]:${port}` })]);
  const client = await dial(port);
  client.write('hello\n');
  await new Promise((resolve) => client.once('data', resolve));
  const tree = processTree(running.process.pid ?? 0);
  const session = readProcess(tree.at(-1)?.pid ?? 0);
  client.destroy();
  expect(tree.map(({ program }) => program.replace(/.*\//, ''))).toEqual([
    'node',
    expect.stringContaining('gate'),
    expect.stringContaining('gate'),
    'cat',
  ]);
  expect(shown).toHaveLength(14);
  const found = (name: string): string =>
    session?.descriptors.get(Number(name))?.replace(/:.*/, '') ??
    session?.status.get(name)?.replaceAll(/\s+/g, ' ') ??
    'absent';
  expect(shown).toEqual(shown.map(([name]) => [name, found(name)]));
});
