import { describe, expect, test } from 'vitest';
import { accepted } from '../support/findings.ts';
import { PROMPT, Terminal } from '../support/terminal.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { SshService } from './support/ssh.ts';

function service(): SshService {
  return new SshService({}, 'dropbear-terminal.yaml');
}

describe('policies/dropbear-terminal.yaml', () => {
  test('accepts what a terminal opens, and no capability', async () => {
    await using stopped = service();
    expect(await accepted(stopped.policy)).toEqual([
      'terminals-shared: with terminals: true the sessions of the service share its terminals: a session of the same user reads what is typed in another one, writes on its screen and changes its modes',
      'boundary-opened: setsid, setpgid: opens the process group of a session',
      'boundary-opened: ioctl: opens the terminal',
    ]);
  });

  test('ssh -tt runs a command on a terminal, and ssh without it runs one on none', async () => {
    await using running = await service().start();
    const command = 'tty; id -u; echo kept > files/kept; cat files/kept';
    const options = ['-tt'];
    expect(await running.ssh(command, { options })).toMatchObject({
      status: 0,
      stdout: '/dev/pts/0\r\n61711\r\nkept\r\n',
    });
    expect((await running.ssh(command)).stdout).toBe('not a tty\n61711\nkept\n');
    expect((await running.ssh('exit 3', { options })).status).toBe(3);
    await expectNoneKilled(running);
  });

  test('a login has a window of the client’s size, and Ctrl-C ends its jobs', async () => {
    await using running = await service().start();
    await using terminal = await Terminal.open();
    await terminal.run('stty rows 33 cols 77');
    terminal.type(`${running.command('-tt').join(' ')}\n`);
    await terminal.shows('~ $ ');
    terminal.type('tty; stty size\n');
    await terminal.shows('/dev/pts/0\n33 77\n');
    terminal.type("echo re''ady; cat\n");
    await terminal.shows('ready\n');
    terminal.type('from the keyboard\n');
    await terminal.shows('from the keyboard\nfrom the keyboard\n');
    terminal.type('\x03');
    await terminal.shows('^C');
    // The terminal drops what is typed before the signal has come.
    await terminal.shows('~ $ ');
    terminal.type('echo status $?\n');
    await terminal.shows('status 130\n');
    terminal.type('exit\n');
    await terminal.shows(PROMPT);
    await expectNoneKilled(running);
  });
});
