import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogFrames } from '../../src/gate-protocol/log-frames.ts';
import { pipe2 } from '../../src/host/libc.ts';
import type { Assignment } from '../../src/supervisor/assignment.ts';
import { createOutput, writeAll } from '../../src/supervisor/output.ts';
import { service } from './support/service.ts';

/** Source: include/uapi/asm-generic/fcntl.h. */
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

const NOON = new Date('2026-11-23T12:00:00.250Z');

function linesOf(
  format: Assignment['format'],
  color: boolean,
): { readonly lines: string[]; readonly output: ReturnType<typeof createOutput> } {
  const lines: string[] = [];
  const assignment: Assignment = { services: [service()], explainer: -1, format, color };
  return {
    lines,
    output: createOutput(
      assignment,
      (line) => void lines.push(line),
      () => NOON,
    ),
  };
}

/** What a service wrote to its standard error, as it arrives. */
function logLine(hostile: string): { readonly session: number; readonly text: string } {
  const content = Buffer.from(`${hostile}\n`);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(5, 0);
  head.writeUInt32LE(content.length, 4);
  const [line] = new LogFrames().push(Buffer.concat([head, content]));
  if (line === undefined) throw new Error('no line came out');
  return line;
}

const FORGED = '{"event":"stopped"}\r\u001b[2K12:00:00.250 echo: stopped';

describe('for programs', () => {
  test('an event is one line of JSON with its time and service', () => {
    const { lines, output } = linesOf('json', false);
    output.event(service(), { event: 'draining', sessions: 1 });
    expect(lines).toEqual([
      '{"time":"2026-11-23T12:00:00.250Z","event":"draining","service":"echo","sessions":1}\n',
    ]);
  });

  test('what a service wrote cannot pass for an event', () => {
    const { lines, output } = linesOf('json', false);
    output.log(service(), logLine(FORGED));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-11-23T12:00:00.250Z',
      event: 'log',
      service: 'echo',
      session: 5,
      text: '{"event":"stopped"}\\u{d}\\u{1b}[2K12:00:00.250 echo: stopped',
    });
  });
});

describe('for people', () => {
  test('an event is one line with the time of day and the service', () => {
    const { lines, output } = linesOf('text', false);
    output.event(service(), { event: 'stopped' });
    expect(lines).toEqual(['12:00:00.250 echo: stopped\n']);
  });

  test('on a terminal the time is dim', () => {
    const { lines, output } = linesOf('text', true);
    output.event(service(), { event: 'stopped' });
    expect(lines).toEqual(['\u001b[2m12:00:00.250\u001b[0m echo: stopped\n']);
  });

  test('what a service wrote says that it is the session’s and steers no terminal', () => {
    const { lines, output } = linesOf('text', false);
    output.log(service(), logLine(FORGED));
    expect(lines).toEqual([
      '12:00:00.250 echo: session 5 | {"event":"stopped"}\\u{d}\\u{1b}[2K12:00:00.250 echo: stopped\n',
    ]);
  });
});

test('a line is written whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'output-'));
  const file = join(folder, 'lines');
  const descriptor = openSync(file, 'w');
  const line = `${'ü'.repeat(100_000)}\n`;
  writeAll(descriptor, line);
  writeAll(descriptor, 'next\n');
  closeSync(descriptor);
  expect(readFileSync(file, 'utf8')).toBe(`${line}next\n`);
  rmSync(folder, { recursive: true });
});

test('a reader that is slow gets everything from a pipe that does not block', async () => {
  const [read, write] = pipe2(O_CLOEXEC | O_NONBLOCK);
  const reader = spawn('sh', ['-c', 'sleep 0.2; cat'], { stdio: [read, 'pipe', 'ignore'] });
  closeSync(read);
  const line = `${'x'.repeat(300_000)}\n`;
  writeAll(write, line);
  closeSync(write);
  let received = '';
  for await (const text of reader.stdout?.setEncoding('utf8') ?? []) received += text;
  expect(received === line).toBe(true);
});

test('a descriptor that takes nothing more is an error, not silence', () => {
  const full = openSync('/dev/full', 'w');
  expect(() => writeAll(full, 'a line\n')).toThrow('ENOSPC');
  closeSync(full);
});
