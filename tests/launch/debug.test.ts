import { spawn, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadService } from '../../src/cli/launch/load-service.ts';
import { readHostFacts } from '../../src/host/facts.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { dial } from '../support/dial.ts';
import { launch } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { buildService, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { processTree } from '../support/processes.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

interface Told {
  readonly role: string;
  readonly step: number;
  readonly call: string;
  /** What the kernel answered; `undefined` for the last step that can be told. */
  readonly result: number | undefined;
}

function toldIn(lines: readonly string[]): readonly Told[] {
  return lines.flatMap((line) => {
    const [, role = '', step, call = '', rest = ''] =
      /^(outer|inner|session) step (\d+): (\w+)(.*)$/.exec(line) ?? [];
    if (step === undefined) return [];
    const result = /^ = (-?\d+)/.exec(rest)?.[1];
    return [{ role, step: Number(step), call, result: result === undefined ? undefined : Number(result) }];
  });
}

function planOf(file: string): Plan {
  const options = { facts: readHostFacts(), unprivileged: false, trusted: true, caller: {} };
  const { plan } = loadService({ kind: 'file', file }, options);
  if (plan === undefined) throw new Error('no plan');
  return plan;
}

/** The calls that a process makes before it loads its filter or closes what it tells by, as the plan has them. */
function callsBefore(plan: Plan, role: 'outer' | 'inner' | 'session', last: string): readonly string[] {
  const calls = plan.steps.flatMap((step, index) =>
    step.verb === 'call' && step.roles.includes(role) ? [{ index, call: step.call, step }] : [],
  );
  const from = plan.steps.findIndex(({ verb }) => verb === (role === 'session' ? 'serve' : 'split'));
  const end = calls.findIndex(({ index, call }) => index > from && call === last);
  return calls.slice(0, end + 1).map(({ index, call }) => `${index} ${call}`);
}

function asText(told: readonly Told[], role: string): readonly string[] {
  return told.filter((one) => one.role === role).map(({ step, call }) => `${step} ${call}`);
}

describe('run --debug', () => {
  test('tells each call of the launch and of a session, in order, until it cannot', async () => {
    await using service = await serveProbes(
      folder,
      program,
      { lines: ['limits: { drain: 200ms }'] },
      { args: ['--debug'] },
    );
    const plan = planOf(`${folder.path}/probe-${service.port}.yaml`);
    // What is on standard error may be read after the event that came later.
    const inner = (): readonly string[] => asText(toldIn(service.launch.stderr.split('\n')), 'inner');
    await expect.poll(inner).toEqual(callsBefore(plan, 'inner', 'seccomp'));
    const outer = (): readonly string[] => asText(toldIn(service.launch.stderr.split('\n')), 'outer');
    await expect.poll(outer).toEqual(callsBefore(plan, 'outer', 'close_range'));
    const told = toldIn(service.launch.stderr.split('\n'));
    expect(told.find(({ call }) => call === 'listen')?.result).toBe(0);
    // The two gates end their part at the same time.
    const last = told.filter(({ result }) => result === undefined).map(({ call }) => call);
    expect(last.toSorted()).toEqual(['close_range', 'seccomp']);
    expect(await service.attempt('show-directory')).toBe('/');
    const log = service.launch.events.filter(({ event }) => event === 'log');
    const steps = toldIn(log.map(({ text }) => String(text)));
    expect(asText(steps, 'session')).toEqual(callsBefore(plan, 'session', 'close_range'));
    expect(new Set(log.map(({ session }) => session))).toEqual(new Set([1]));
  });

  test('leaves no process a way to the standard error of the caller', async () => {
    await using service = await serveProbes(folder, program, {}, { args: ['--debug'] });
    const client = await dial(service.port);
    await service.launch.waitFor(({ event }) => event === 'start');
    const [supervisor, outer, inner, session] = processTree(service.launch.process.pid ?? 0);
    const stderr = supervisor?.descriptors.get(2);
    expect(stderr).toMatch(/^(pipe|socket):/);
    for (const process of [outer, inner, session]) {
      expect(process?.descriptors.size).toBeGreaterThan(2);
      expect([...(process?.descriptors.values() ?? [])]).not.toContain(stderr);
    }
    client.destroy();
  });

  test('shows what a step answered that fails', async () => {
    const { file } = writeProbePolicy(folder, program, {});
    await using first = launch([file]);
    await first.waitFor(({ event }) => event === 'ready');
    const second = launch([file], { args: ['--debug'] });
    expect((await second.exited).code).toBe(125);
    const told = toldIn(second.stderr.split('\n'));
    expect(told.at(-1)).toMatchObject({ role: 'outer', call: 'bind', result: -98 });
  });

  test('without it nothing is told', async () => {
    await using service = await serveProbes(folder, program, { lines: ['limits: { drain: 200ms }'] });
    expect(await service.attempt('show-directory')).toBe('/');
    expect(toldIn(service.launch.stderr.split('\n'))).toEqual([]);
    expect(service.launch.events.filter(({ event }) => event === 'log')).toEqual([]);
  });

  test('of a wrapped program: both gates, beside the words of the program', async () => {
    const { stdout, stderr } = await portcullis(['run', '--debug', '--', '/bin/echo', 'hello']);
    expect(stdout).toBe('hello\n');
    const told = toldIn(stderr.split('\n'));
    expect(
      told
        .filter(({ call }) => call === 'seccomp')
        .map(({ role }) => role)
        .sort(),
    ).toEqual(['inner', 'outer']);
    expect(told.find(({ call }) => call === 'dup3')).toMatchObject({ role: 'outer', result: 8 });
    expect(told.filter(({ call }) => call === 'queue').map(({ result }) => result)).toEqual([0, 0, 0]);
    expect(told.filter(({ role }) => role === 'session')).toEqual([]);
  });
});

describe('an executable that was built with --debug', () => {
  test('tells its steps, with the names of errnos', async () => {
    const { executable } = await buildService(folder, program, {}, ['--debug']);
    const running = spawn(executable, { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise((resolve) => running.stdout.once('data', resolve));
    const again = spawnSync(executable, { encoding: 'utf8' });
    running.kill('SIGKILL');
    expect(again.status).toBe(125);
    expect(again.stderr).toMatch(/^outer step \d+: bind = -98 EADDRINUSE$/m);
    expect(again.stderr).toMatch(/^.*: not started: bind answered EADDRINUSE$/m);
    // Standard output and error are kept first.
    expect(toldIn(again.stderr.split('\n')).slice(0, 2)).toMatchObject([{ result: 7 }, { result: 8 }]);
  });

  test('is the only one that does: who starts another cannot ask for it', async () => {
    const { executable } = await buildService(folder, program, { run: '/bin/false' });
    chmodSync(executable, 0o755);
    for (const args of [['--debug'], ['--debug=1'], ['--plan', '--debug']]) {
      const running = spawn(executable, args, {
        env: { GATE_DEBUG: '1', DEBUG: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      running.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const first = String(await new Promise((resolve) => running.stdout.once('data', resolve)));
      expect(JSON.parse(first.split('\n')[0] ?? '')).toMatchObject({ event: 'ready' });
      const exited = new Promise((resolve) => running.once('close', resolve));
      running.kill('SIGTERM');
      await exited;
      expect(stderr).toBe('');
    }
  });
});
