import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { accepted } from '../support/findings.ts';
import { PROMPT, Terminal } from '../support/terminal.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

function serve(): Promise<ShippedService> {
  return serveShipped({ policy: 'telnetd.yaml', listen: '127.0.0.1:23', root: '/srv/telnet' });
}

/** Logs in with a window of a size of its own. */
async function logIn({ port }: ShippedService): Promise<Terminal> {
  const terminal = await Terminal.open();
  await terminal.run('stty rows 33 cols 77');
  terminal.type(`inetutils-telnet 127.0.0.1 ${port}\n`);
  await terminal.shows('/ $ ');
  return terminal;
}

describe('policies/telnetd.yaml', () => {
  test('accepts what a terminal opens, and nothing else is to be found', async () => {
    await using service = await serve();
    expect(await accepted(service.policy)).toEqual([
      'terminals-shared: with terminals: true the sessions of the service share its terminals: a session of the same user reads what is typed in another one, writes on its screen and changes its modes',
      'boundary-opened: setsid, setpgid: opens the process group of a session',
      'boundary-opened: ioctl: opens the terminal',
    ]);
  });

  test('a guest has a shell on a terminal of the window’s size, whose jobs Ctrl-C ends', async () => {
    await using service = await serve();
    await using terminal = await logIn(service);
    terminal.type('tty; stty size; ls /dev/pts; id -u\n');
    await terminal.shows('/dev/pts/0\n33 77\n');
    expect(await terminal.shows('\n61023\n')).toMatch(/0\s+ptmx/);
    terminal.type("echo re''ady; cat\n");
    await terminal.shows('ready\n');
    terminal.type('from the keyboard\n');
    await terminal.shows('from the keyboard\nfrom the keyboard\n');
    terminal.type('\x03');
    await terminal.shows('^C');
    // The terminal drops what is typed before the signal has come.
    await terminal.shows('/ $ ');
    terminal.type('echo status $?\n');
    await terminal.shows('status 130\n');
    terminal.type('exit\n');
    await terminal.shows(PROMPT);
    await expectNoneKilled(service);
  });

  test('a second guest has the next terminal, and none is left behind', async () => {
    await using service = await serve();
    await using first = await logIn(service);
    await using second = await logIn(service);
    second.type('tty\n');
    await second.shows('/dev/pts/1\n');
    for (const terminal of [first, second]) {
      terminal.type('exit\n');
      await terminal.shows(PROMPT);
    }
    await using third = await logIn(service);
    third.type('tty\n');
    await third.shows('/dev/pts/0\n');
    expect(execFileSync('ls', ['-A', `${service.root}/dev/pts`]).toString()).toBe('');
    third.type('exit\n');
    await third.shows(PROMPT);
    await expectNoneKilled(service);
  });
});
