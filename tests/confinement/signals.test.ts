import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { buildProbes, type ProbedService, serveProbes } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { NO_LANDLOCK } from './support/no-landlock.ts';
import { Sibling } from './support/sibling.ts';

interface Place {
  readonly service: ProbedService;
  readonly sibling: Sibling;
}

let folder: TestFolder;
let program: string;
/** Without the defence: neither Landlock nor a filter that denies a call. */
let bare: Place;
/** Landlock alone. */
let open: Place;
/** All groups of our own, with Landlock. */
let confined: Place;

const ALL = { default: 'allow', rules: ['getpid'] };

async function serve(...parts: Parameters<typeof serveProbes>): Promise<Place> {
  const service = await serveProbes(...parts);
  return { service, sibling: await Sibling.meet(service) };
}

beforeAll(async () => {
  folder = new TestFolder();
  program = buildProbes(folder);
  const lines = ['exec: allow', 'limits: { drain: 200ms }'];
  [bare, open, confined] = await Promise.all([
    serve(folder, program, { ...ALL, lines: [...lines, 'landlock: best-effort'] }, { prefix: NO_LANDLOCK }),
    serve(folder, program, { ...ALL, lines }),
    serve(folder, program, { lines }),
  ]);
});
afterAll(async () => {
  for (const place of [bare, open, confined]) {
    place?.sibling.leave();
    await place?.service.launch.stop();
  }
  folder[Symbol.dispose]();
});

/** What an attack on a sibling is answered, and the signals that reach the sibling. */
async function attack(place: Place, request: (sibling: Sibling) => string): Promise<readonly unknown[]> {
  const answer = await place.service.attempt(request(place.sibling));
  return [answer, await place.sibling.received()];
}

const WAYS = ['kill', 'kill-group', 'tkill', 'tgkill', 'sigqueue', 'tgsigqueue'];
const FROM = ['session', 'thread', 'child', 'program'];

describe('a signal to another session by its number', () => {
  test.each(WAYS.flatMap((way) => FROM.map((from) => [way, from])))('%s, from a %s', async (way, from) => {
    const request = ({ pid, group }: Sibling) =>
      `signal-send ${way} ${from} ${way === 'kill-group' ? group : pid}`;
    expect(await attack(bare, request)).toEqual(['done', ['SIGUSR1']]);
    expect(await attack(open, request)).toEqual(['EPERM', []]);
    expect(await attack(confined, request)).toEqual(['EPERM', []]);
  });

  // The kernel answers 0 where it found somebody, and tells by no errno that it may not.
  test.each(FROM)('kill(-1), from a %s', async (from) => {
    const request = () => `signal-send kill-all ${from} 0`;
    expect(await attack(bare, request)).toEqual(['done', ['SIGUSR1']]);
    expect(await attack(open, request)).toEqual(['done', []]);
    expect(await attack(confined, request)).toEqual(['done', []]);
  });

  test.each([
    ['tgkill-own-group', 'ESRCH'],
    ['tgkill-any-group', 'EINVAL'],
  ])('%s, a thread of another process: no kernel lets it through', async (way, answer) => {
    for (const place of [bare, open, confined])
      expect(await attack(place, ({ pid }) => `signal-send ${way} session ${pid}`)).toEqual([answer, []]);
  });
});

describe('the numbers of a service', () => {
  test('a sweep with signal 0 over all numbers counts the sessions, and reaches none', async () => {
    expect(await bare.service.attempt('signal-sweep')).toBe('reached 2, there 0');
    expect(await confined.service.attempt('signal-sweep')).toBe('reached 0, there 2');
  });

  test.each(WAYS.filter((way) => way !== 'kill-group'))('%s: the gate is out of reach', async (way) => {
    expect(await bare.service.attempt(`signal-send ${way} session 1`)).toBe('done');
    expect(await confined.service.attempt(`signal-send ${way} session 1`)).toBe('EPERM');
  });

  test('a session reaches itself and its children by every call, and ends by abort', async () => {
    expect(await confined.service.attempt('signal-oneself')).toBe('reached 10');
    expect(await confined.service.attempt('signal-abort')).toBe('SIGABRT');
  });

  test('a session that is not confined by Landlock ends when it signals itself by number', async () => {
    const lines = ['landlock: best-effort', 'limits: { drain: 200ms }'];
    await using service = await serveProbes(folder, program, { lines }, { prefix: NO_LANDLOCK });
    expect(await service.attempt('signal-oneself')).toBe('SIGSYS');
    expect(await service.attempt('signal-abort')).toBe('SIGSYS');
    expect(await service.attempt('ask-scheduler 1')).toBe('done, done, done, done, done');
  });

  test('the questions about threads are answered about every process of the service', async () => {
    const answers = 'done, done, done, done, done';
    const { pid } = confined.sibling;
    expect(await confined.service.attempt(`ask-scheduler ${pid}`)).toBe(answers);
    expect(await confined.service.attempt('ask-scheduler 1')).toBe(answers);
  });
});

/** The same by a client that sends a byte, and an urgent one, when the session has set the owner. */
async function urge(place: Place, request: string): Promise<readonly unknown[]> {
  const { events } = place.service.launch;
  const before = events.length;
  const client = spawn(program, ['urge', String(place.service.port), request]);
  let text = '';
  for await (const bytes of client.stdout.setEncoding('utf8')) text += bytes;
  const end = await place.service.launch.waitFor(
    (event) => event.event === 'end' && events.indexOf(event) >= before,
  );
  const isDenied = events.some(({ event, session }) => event === 'denied' && session === end['session']);
  const signal = isDenied ? 'denied' : String(end['signal_name'] ?? '');
  const answer = [text.replaceAll(/^[a-z-]+: /gm, '').trimEnd(), signal].filter((part) => part !== '');
  return [answer.join(', then '), new Set(await place.sibling.received())];
}

const SET = 'owner done, told done\nover';

describe('a signal from a descriptor whose owner is another session', () => {
  const owners = ['its process', 'its group'] as const;
  const groups = ['its own', "the sibling's"] as const;
  const descriptors = [
    ['input', 'socket', 'SIGPOLL'],
    ['urgent', 'socket', 'SIGURG'],
    ['input', 'pipe', 'SIGPOLL'],
  ] as const;
  test.each(
    descriptors.flatMap(([event, where, signal]) =>
      owners.flatMap((owner) => groups.map((group) => ({ event, where, signal, owner, group }))),
    ),
  )(
    '$signal of a $where, to $owner, from a session in $group group',
    async ({ event, where, signal, owner, group }) => {
      const request = ({ sibling }: Place) =>
        `signal-owner ${event} ${where} ${owner === 'its group' ? -sibling.group : sibling.pid} ${group === 'its own' ? 0 : sibling.group}`;
      const [answer, received] = await urge(bare, request(bare));
      expect([answer, received]).toEqual([SET, expect.any(Set)]);
      expect(received).toContain(signal);
      expect(await urge(confined, request(confined))).toEqual(['denied', new Set()]);
    },
  );

  test('of an inherited listener, to the gate', async () => {
    const listener = (more: object) =>
      serveProbes(folder, program, {
        run: `${program}, own-listener, "1"`,
        lines: ['handoff: listener', 'limits: { drain: 200ms }'],
        ...more,
      });
    await using free = await listener(ALL);
    await using held = await listener({ rules: ['@start', '@stdio', '@socket', '@accept', '@signal-self'] });
    const said = async ({ port }: ProbedService): Promise<string> => {
      const socket = await dial(port);
      let text = '';
      for await (const bytes of socket.setEncoding('utf8')) text += bytes;
      return text;
    };
    expect(await said(free)).toBe('owner done, told done\n');
    expect(await said(held).catch(() => '')).toBe('');
    const { session } = await held.launch.waitFor(({ event }) => event === 'denied');
    expect(await held.launch.waitFor(({ event }) => event === 'end')).toMatchObject({
      session,
      signal_name: 'SIGKILL',
    });
  });
});
