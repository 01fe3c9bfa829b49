import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inWorld } from './support/in-world.ts';

const ORDINARY_USER = 60_000;

/** Tries each thing and prints its answer by name: a value, or the errno. */
function attempts(things: Readonly<Record<string, string>>): string {
  const lines = Object.entries(things).map(([name, code]) => `attempt('${name}', () => ${code});`);
  return `
    import fs from 'node:fs'; import os from 'node:os'; import { execFileSync } from 'node:child_process';
    const answers = {};
    function attempt(name, thing) {
      try { answers[name] = thing() ?? 'done'; } catch (error) { answers[name] = error.info?.code ?? error.code ?? String(error.stderr ?? error.message); }
    }
    ${lines.join('\n')}
    console.log(JSON.stringify(answers));`;
}

async function answersOf(
  things: Readonly<Record<string, string>>,
  uid?: number,
): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await inWorld(attempts(things), uid === undefined ? {} : { uid });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

describe.each([
  { who: 'root', uid: undefined },
  { who: 'an ordinary user', uid: ORDINARY_USER },
])('the world of $who', ({ uid }) => {
  test('is a host of its own: processes, network, name, files', async () => {
    const answers = await answersOf(
      {
        processes: "fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length",
        init: "fs.readFileSync('/proc/1/comm', 'utf8').trim()",
        interfaces: "fs.readFileSync('/proc/net/dev', 'utf8').split('\\n').length - 3",
        name: 'os.hostname()',
        root: "fs.readdirSync('/').filter((name) => ['root', 'home', 'sys', 'boot', 'mnt', 'work', 'var'].includes(name)).length",
        environment: 'Object.keys(process.env).join()',
        uid: 'process.getuid()',
      },
      uid,
    );
    expect(answers).toEqual({
      processes: 2,
      init: 'world',
      interfaces: 1,
      name: 'lab',
      root: 0,
      environment: 'PATH',
      uid: uid ?? 0,
    });
  });

  test('changes nothing of the host', async () => {
    const before = readFileSync('/proc/sys/kernel/hostname', 'utf8');
    const answers = await answersOf(
      {
        setting: "fs.writeFileSync('/proc/sys/kernel/panic', '0')",
        program: "fs.writeFileSync('/usr/bin/never-written', '')",
        node: "fs.writeFileSync('/opt/node', '')",
        clock: "execFileSync('/bin/date', ['-s', '2001-01-01'], { stdio: 'pipe' })",
        device: "execFileSync('/bin/mknod', ['/tmp/disk', 'b', '8', '0'], { stdio: 'pipe' })",
        priority: 'os.setPriority(0, -10)',
      },
      uid,
    );
    expect(answers['setting']).toMatch(/EROFS|EACCES/);
    expect(answers['program']).toMatch(/EROFS|EACCES/);
    expect(answers['node']).toMatch(/EROFS|EACCES|ETXTBSY/);
    expect(answers['clock']).toContain('Operation not permitted');
    expect(answers['device']).toContain('not permitted');
    expect(answers['priority']).toMatch(/EACCES|EPERM/);
    expect(readFileSync('/proc/sys/kernel/hostname', 'utf8')).toBe(before);
  });
});

test('a program of the world finds no end of its time', async () => {
  const started = Date.now();
  const { code } = await inWorld('setInterval(() => {}, 1000);', { seconds: 1 });
  expect(code).toBe(71);
  expect(Date.now() - started).toBeGreaterThan(900);
});

test('a fork bomb stays within the numbers of its world', async () => {
  const script = `
    import { spawn } from 'node:child_process';
    let made = 0;
    let refused;
    for (; made < 3000 && refused === undefined; made++) {
      const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
      child.on('error', (error) => { refused = error.code; });
      if (child.pid === undefined) { refused ??= 'no process'; }
    }
    await new Promise((done) => setTimeout(done, 100));
    console.log(JSON.stringify({ bounded: made < 2100, refused }));
    process.exit(0);`;
  const { stdout } = await inWorld(script);
  expect(JSON.parse(stdout)).toEqual({ bounded: true, refused: 'EAGAIN' });
});
