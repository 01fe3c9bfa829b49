import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchReady, type RunEvent } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import { ask } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';
import { baseRules, buildRuntimes, type Runtime, runtimesIn } from './support/runtimes.ts';

const SESSIONS = 40;
const AT_ONCE = 4;
const UID = freeUser();

const folder = new TestFolder();

beforeAll(() => buildRuntimes(folder.path));
afterAll(() => folder[Symbol.dispose]());

function policyOf(runtime: Runtime, port: number, lines: readonly string[]): string {
  return folder.write(
    `${runtime.name}-${port}.yaml`,
    [
      'portcullis: 1',
      `service: ${runtime.name}`,
      `listen: tcp://127.0.0.1:${port}`,
      `run: ${JSON.stringify(runtime.run)}`,
      `user: ${UID}`,
      `group: ${UID}`,
      ...(runtime.rlimits.length === 0 ? [] : [`rlimits: { ${runtime.rlimits.join(', ')} }`]),
      ...lines,
      `seccomp: { rules: ${JSON.stringify([...baseRules(), ...runtime.rules])} }`,
      '',
    ].join('\n'),
  );
}

interface Outcome {
  readonly answered: number;
  readonly ends: readonly RunEvent[];
  /** The calls of its denied events. */
  readonly denied: readonly unknown[];
}

/** Serves a runtime, and asks it in so many sessions, some at once. */
async function serve(runtime: Runtime, lines: readonly string[] = []): Promise<Outcome> {
  const port = freePort();
  await using running = await launchReady([policyOf(runtime, port, lines)]);
  let begun = 0;
  let answered = 0;
  const client = async (): Promise<void> => {
    for (let number = begun++; number < SESSIONS; number = begun++) {
      const { text } = await ask(port, `hello ${number}`);
      if (text === `${runtime.name}:hello ${number}`) answered++;
    }
  };
  await Promise.all(new Array(AT_ONCE).fill(0).map(client));
  const ends = () => running.events.filter(({ event }) => event === 'end');
  await running.waitFor(() => ends().length === SESSIONS);
  const denied = running.events.filter(({ event }) => event === 'denied');
  return { answered, ends: ends(), denied: denied.map((event) => event['call_name']) };
}

const RUNTIMES = runtimesIn(folder.path);

test('the page has ten runtimes', () => {
  expect(RUNTIMES.map(({ name }) => name)).not.toContain('');
  expect(RUNTIMES).toHaveLength(10);
  expect(baseRules().length).toBeGreaterThan(5);
});

describe('no session is lost with the rules and limits of the page', () => {
  test.each(RUNTIMES)('$title', async (runtime) => {
    const { answered, ends } = await serve(runtime);
    expect(ends.filter(({ status }) => status !== 0)).toEqual([]);
    expect(answered).toBe(SESSIONS);
  });
});

test('with landlock: best-effort the groups lack what Go sends to its own threads', async () => {
  const go = RUNTIMES.find(({ name }) => name === 'go');
  if (go === undefined) throw new Error('the page has no row for Go');
  const { answered, ends, denied } = await serve(go, ['landlock: best-effort']);
  expect(answered).toBe(0);
  expect(ends.every(({ signal_name: name }) => name === 'SIGKILL')).toBe(true);
  expect(new Set(denied)).toEqual(new Set(['tgkill']));
  const named = await serve({ ...go, rules: [...go.rules, 'tgkill'] }, ['landlock: best-effort']);
  expect(named.answered).toBe(SESSIONS);
});
