import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Assignment, ServiceRules, SupervisedService } from '../../src/supervisor/assignment.ts';
import { createExplainer, type DeniedEvent } from '../../src/supervisor/explainer.ts';
import { createOutput } from '../../src/supervisor/output.ts';
import { service } from './support/service.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

const NOON = new Date('2026-11-23T12:00:01.250Z');

function rules(): ServiceRules {
  const texts = ['@start', '@stdio', '@read-files'];
  return {
    architecture: 'x86_64',
    default: { text: 'kill_process', span: undefined },
    kernel: undefined,
    rules: texts.map((text, index) => ({
      text,
      span: { file: 'web.yaml', line: index + 12, column: 7, length: text.length },
    })),
    groups: {},
    around: {
      rest: { exec: 'once' },
      program: 'app',
      mayWrite: false,
      writesNothing: false,
      network: 'none',
      capabilities: [],
      hasTerminals: false,
      makesTerminals: false,
    },
  };
}

const OPEN: DeniedEvent = {
  event: 'denied',
  session: 3,
  pid: 12,
  program: 'app',
  call: 257,
  args: ['0xffffff9c', '0x7ffc12345678', '0x42', '0x180', '0x0', '0x0'],
  ip: '0x7f12',
};

function printed(event: DeniedEvent, format: Assignment['format'], of: SupervisedService): string {
  const lines: string[] = [];
  const assignment: Assignment = { services: [of], explainer: -1, format, color: false };
  const output = createOutput(
    assignment,
    (line) => void lines.push(line),
    () => NOON,
    createExplainer,
  );
  output.event(of, event);
  return lines.join('');
}

describe('a denied call', () => {
  test('is told to people in two lines', () => {
    expect(printed(OPEN, 'text', service({ service: 'web', rules: rules() }))).toBe(
      `12:00:01.250 web: session 3: denied openat(AT_FDCWD, ..., O_RDWR|O_CREAT, 0600) in app
             web.yaml:14 @read-files has openat only for reading; to allow it: "@write-files", and a directory in writable
`,
    );
  });

  test('is told to programs with the names and the change beside the numbers', () => {
    expect(JSON.parse(printed(OPEN, 'json', service({ service: 'web', rules: rules() })))).toEqual({
      time: NOON.toISOString(),
      service: 'web',
      ...OPEN,
      call_name: 'openat',
      arguments: 'AT_FDCWD, ..., O_RDWR|O_CREAT, 0600',
      rules: [
        { file: 'web.yaml', line: 12, rule: '@start', failed: 'has openat only for reading' },
        { file: 'web.yaml', line: 14, rule: '@read-files', failed: 'has openat only for reading' },
      ],
      allow: ['@write-files'],
      keys: { writable: 'a directory' },
      opens: [],
    });
  });

  test('has its numbers only where no rules are known', () => {
    expect(printed(OPEN, 'text', service())).toContain('session 3: denied call 257(0xffffff9c, ');
    expect(JSON.parse(printed(OPEN, 'json', service()))).toEqual({
      time: NOON.toISOString(),
      service: 'echo',
      ...OPEN,
    });
  });

  test('of no session names the process', () => {
    const { session, ...event } = OPEN;
    expect(printed(event, 'text', service({ rules: rules() }))).toContain('process 12: denied openat(');
  });
});

const SENDTO = 44;

/** A message to an address: the address, the length and registers that nobody set differ each time. */
function sends(length: number, garbage = 0): DeniedEvent {
  const address = `0x7ffd${garbage.toString(16).padStart(8, '0')}`;
  const args = [`0xabcd0000000${garbage % 8}`, address, `0x${length.toString(16)}`, '0x0', address, '0x10'];
  return { event: 'denied', pid: 1, call: SENDTO, args };
}

test('calls that differ in addresses, lengths and descriptors are explained once, each with its own arguments', () => {
  const { explain } = createExplainer(() => NOON.getTime());
  const known = rules();
  const all = Array.from({ length: 40 }, (_, index) => explain(sends(index + 1, index), known));
  for (const { fields } of all) expect(fields).toMatchObject({ allow: [expect.any(String)], keys: {} });
  expect(all[8]?.fields.arguments).toBe('0, ..., 9, 0, ..., 16');
  expect(all[9]?.called).toBe('sendto(1, ..., 10, 0, ..., 16)');
});

test('few calls a second are explained of one service, and of all services together', () => {
  let now = NOON.getTime();
  const { explain } = createExplainer(() => now);
  const storm = (of: ServiceRules): number => {
    const calls = Array.from({ length: 40 }, (_, call) =>
      explain({ event: 'denied', pid: 1, call: 200 + call }, of),
    );
    expect(calls.at(-1)).toMatchObject({
      fields: { call_name: expect.any(String) },
      reason: expect.stringContaining('portcullis why explains this one'),
    });
    return calls.filter(({ fields }) => 'allow' in fields).length;
  };
  expect(storm(rules())).toBe(4);
  expect(Array.from({ length: 20 }, () => storm(rules())).reduce((sum, made) => sum + made)).toBe(4);
  now += 1000;
  const last = rules();
  expect(storm(last)).toBe(4);
  // The calls that were explained before cost nothing.
  now += 1000;
  expect(storm(last)).toBe(8);
});

test('the built supervisor loads what explains only when a call is denied', async () => {
  const explainer = openSync(`${ROOT}dist/explainer.cjs`, 'r');
  const child = spawn(process.execPath, ['--jitless', '-'], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe', 'pipe', 'pipe', explainer],
  });
  const position = (): string =>
    /pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${explainer}`, 'utf8'))?.[1] ?? '';
  const of = service({ service: 'web', events: 3, log: 4, control: 5, rules: rules() });
  const assignment: Assignment = { services: [of], explainer: 6, format: 'text', color: false };
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin?.end(
    `globalThis.portcullisAssignment = ${JSON.stringify(assignment)};\n${readFileSync(`${ROOT}dist/supervisor.cjs`, 'utf8')}`,
  );
  const events = child.stdio[3] as Writable;
  const log = child.stdio[4] as Writable;
  events.write('{"event":"start","session":3,"pid":12}\n');
  await expect.poll(() => said).toContain('session 3 from');
  // The descriptor is shared: its position is where the supervisor has read to.
  expect(position()).toBe('0');
  events.write(`${JSON.stringify(OPEN)}\n`);
  await expect
    .poll(() => said)
    .toContain('@read-files has openat only for reading; to allow it: "@write-files"');
  expect(Number(position())).toBeGreaterThan(10_000);
  events.end('{"event":"stopped"}\n');
  log.end();
  await once(child, 'exit');
  closeSync(explainer);
});
