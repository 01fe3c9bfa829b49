import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Installed } from '../support/installed.ts';
import { buildProbes, serveProbes } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';

/**
 * What epoll watches is counted by user, and without root a session can use that up for the gate too (epoll(7)). Every
 * third call fails here from the fifth on, the listener's first and a log's among them; strace puts getpid, which the filter allows, in their place.
 */
test('a gate that may watch no more descriptors pauses, and serves when it may again', async () => {
  using folder = new TestFolder();
  const program = buildProbes(folder);
  const installed = new Installed(folder);
  const how = 'error=ENOSPC:syscall=getpid:when=5+3';
  // The supervisor comes up through the gate's program too, without a log pipe; its own calls are left alone.
  installed.wrapGate(`[ -p /proc/self/fd/5 ] || exec "$gate"
exec strace -f -qq -o /dev/null -e trace=epoll_ctl -e inject=epoll_ctl:${how} "$gate"`);
  await using service = await serveProbes(
    folder,
    program,
    { lines: ['limits: { drain: 200ms }'] },
    { program: join(installed.path, 'portcullis.js') },
  );
  expect(await service.attempt('show-directory')).toBe('/');
  const pauses = service.launch.events.filter(({ event }) => event === 'paused');
  expect(pauses.length).toBeGreaterThan(1);
  for (const pause of pauses) expect(pause['errno_name']).toBe('ENOSPC');
  expect(service.launch.events.map(({ event }) => event)).not.toContain('lost');
});

test('a session is served when there is no room to watch for the moment at which it has its own descriptors', async () => {
  using folder = new TestFolder();
  const program = buildProbes(folder);
  const installed = new Installed(folder);
  const call = 'return syscall4(__NR_epoll_ctl';
  const full = 'if (operation == EPOLL_CTL_ADD && source == SOURCE_APART)\n\t\treturn -ENOSPC;\n\t';
  installed.changeGate([{ file: 'poll.c', from: call, to: `${full}${call}` }]);
  await using service = await serveProbes(
    folder,
    program,
    { lines: ['limits: { drain: 200ms }'] },
    { program: join(installed.path, 'portcullis.js') },
  );
  expect(await service.attempt('show-directory')).toBe('/');
  expect(service.launch.events.map(({ event }) => event)).not.toContain('failed');
});
