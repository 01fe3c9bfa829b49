import { type GateEvent, GateLines } from '../../src/gate-protocol/gate-event.ts';
import { LogFrames } from '../../src/gate-protocol/log-frames.ts';
import type { SupervisedService } from '../../src/supervisor/assignment.ts';
import { describeEvent, eventText } from '../../src/supervisor/event-text.ts';
import { demand, demandMessage } from '../support/fuzz/demands.ts';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { mutateBytes } from '../support/fuzz/mutate-bytes.ts';
import { TextMutator } from '../support/fuzz/mutate-text.ts';

const STEP = { text: 'socket(AF_INET)', call: 'socket', file: undefined, line: 3 };
const SERVICE: SupervisedService = {
  service: 'echo',
  file: 'echo.yaml',
  listen: ['tcp://:7'],
  announcement: ['echo: ready on tcp://:7'],
  events: 3,
  log: 4,
  control: 5,
  steps: { 7: STEP },
};

const events = new TextMutator(
  [
    '{"event":"ready"}\n{"event":"start","session":1,"pid":7,"peer":"2001:db8::1","port":40000}\n{"event":"draining","sessions":2}\n',
    '{"event":"end","session":1,"pid":7,"status":0,"cause":"exit","duration_us":12,"cpu_us":3,"memory_kb":900}\n{"event":"stopped"}\n',
    '{"event":"end","session":1,"pid":7,"signal":31,"cause":"time","ended_by":"SIGTERM","duration_us":1200000,"cpu_us":3,"memory_kb":900}\n',
    '{"event":"refused","reason":"gone","peer":"127.0.0.1","port":1,"count":4}\n{"event":"exec-refused","pid":8,"call":59}\n',
    '{"event":"failed","step":7,"call":"socket","line":3,"result":-97}\n{"event":"refused-image","reason":"short"}\n',
    '{"event":"denied","session":3,"pid":12,"program":"app","call":257,"args":["0xffffff9c","0x7f","0x241","0x180","0x0","0x0"],"ip":"0x7f"}\n',
    '{"event":"denied","call":257,"ip":"0x7f"}\n{"event":"denied-more","count":4,"gone":2,"lost":1}\n{"event":"kill-failed","pid":7,"call":1,"errno":1}\n',
    '{"event":"paused","call":288,"errno":24}\n{"event":"listener-lost","errno":22}\n{"event":"dropped","count":9}\n',
    '{"event":"start-delayed","ends":3,"pause_ms":400}\n',
  ],
  [
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\n',
    'null',
    '"event":',
    '"step":8',
    '\\u001b',
    '"__proto__":',
    '-1',
    '1e400',
  ],
);

fuzz('gate events', {
  input: (random) => ({ bytes: Buffer.from(events.text(random)), cut: random(200) }),
  read: ({ bytes, cut }) => {
    const lines = new GateLines();
    const found = [bytes.subarray(0, cut), bytes.subarray(cut), Buffer.from('\n')].flatMap((part) =>
      lines.push(part),
    );
    for (const event of found) said(event);
    return found.length > 0;
  },
});

/** As the supervisor prints it, for people and as data. */
function said(event: GateEvent): void {
  const line = JSON.stringify(describeEvent(event, SERVICE, '2026-01-01T00:00:00.000Z'));
  demand(!line.includes('\n'), 'one event in several lines');
  demandMessage(eventText(event, SERVICE));
}

/** `gate/log.c` writes the session, the length, then as many bytes. */
function frame(session: number, text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(session, 0);
  head.writeUInt32LE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

const FRAMES = [
  Buffer.concat([frame(1, 'one\ntwo\nhal'), frame(2, 'other\n'), frame(1, 'f\n'), frame(2, '')]),
  Buffer.concat([frame(3, 'x'.repeat(5000)), frame(3, '\n'), frame(4, '\u001b[31mred\n')]),
  Buffer.concat([frame(5, 'grüß 長\u202e\n'), frame(0xffff_ffff, '')]),
];

fuzz('log frames', {
  input: (random) => ({
    bytes: mutateBytes(FRAMES[random(FRAMES.length)] ?? new Uint8Array(), random),
    cut: random(64),
  }),
  read: ({ bytes, cut }) => {
    const frames = new LogFrames();
    const lines = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((part) =>
      frames.push(Buffer.from(part)),
    );
    const all = [...lines, ...[1, 2, 3, 4, 5].flatMap((session) => frames.finish(session))];
    const bad = all.find(({ text }) => /[^\P{Cc}\t]|[\p{Cf}\p{Zl}\p{Zp}]/u.test(text));
    demand(bad === undefined, `a line that steers a terminal: ${bad?.text}`);
    return all.length > 1;
  },
});
