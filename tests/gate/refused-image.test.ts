import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Architecture } from '../../src/kernel/architecture.ts';
import { crc32 } from '../../src/plan/image/crc32.ts';
import { encodePlan } from '../../src/plan/image/encode.ts';
import { IMAGE_VERSION } from '../../src/plan/image/image-codes.ts';
import { builtProgram } from '../support/built-program.ts';
import { type GateRun, runGate } from '../support/gate.ts';
import { HOST } from '../support/host-architecture.ts';
import { samplePlan } from '../support/policy.ts';

const HEADER_SIZE = 64;
const FOREIGN: Architecture = HOST === 'x86_64' ? 'aarch64' : 'x86_64';

let directory = '';
const gate = builtProgram('gate', HOST);
const foreign = builtProgram('gate', FOREIGN);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'refused-image-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

const IMAGE = encodePlan(samplePlan());
const FOREIGN_IMAGE = encodePlan(samplePlan({ facts: { architecture: FOREIGN } }));

/** An image with bytes replaced, and whole again: only what was replaced is wrong. */
function sealed(offset: number, ...bytes: readonly number[]): Uint8Array {
  return sealedIn(IMAGE, offset, ...bytes);
}

function sealedIn(whole: Uint8Array, offset: number, ...bytes: readonly number[]): Uint8Array {
  const image = whole.slice();
  image.set(bytes, offset);
  new DataView(image.buffer).setUint32(20, crc32(image.subarray(24)), true);
  return image;
}

/** More variables than the gate has room for. */
function crowded(): Uint8Array {
  const plan = samplePlan();
  const variables = Array.from({ length: 257 }, (_, index) => ({
    name: `V${index}`,
    value: { kind: 'literal', text: '' } as const,
  }));
  const steps = plan.steps.map((step) => (step.verb === 'env' ? { ...step, variables } : step));
  return encodePlan({ ...plan, steps });
}

/** The number of words, which is the index of the first that is not there. */
function wordCount(): readonly [number, number] {
  return [IMAGE[28] ?? 0, IMAGE[29] ?? 0];
}

/** An access list of one turn whose length is another: beyond the image, or beyond what a gate takes. */
function listed(length: number): Uint8Array {
  const turns = { inet: [0xc000_0200n], inet6: [] };
  const image = encodePlan(
    samplePlan({
      policy: { allow: [{ kind: 'prefix', text: 'a sample', family: 'inet', number: 0n, bits: 0 }] },
      admission: { by: 'gate', turns, refusal: 'a sample' },
    }),
  );
  // SIGTERM, no audit, no penalty, the flag, the place of the table; its length follows.
  const at = Buffer.from(image).indexOf(Buffer.from([15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]));
  const view = new DataView(image.buffer, image.byteOffset + at);
  if (at === -1 || view.getUint32(20, true) !== 1) throw new Error('the image has no list of one turn');
  return sealedIn(image, at + 20, length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff);
}

function damaged(offset: number): Uint8Array {
  const image = IMAGE.slice();
  image[offset] = (image[offset] ?? 0) ^ 0x5a;
  return image;
}

function refusal(run: GateRun): string {
  const [event = '{}', ...more] = run.events;
  expect(more).toEqual([]);
  const { event: name, reason } = JSON.parse(event) as { readonly event: string; readonly reason: string };
  expect({ name, status: run.status, signal: run.signal }).toEqual({
    name: 'refused-image',
    status: 125,
    signal: null,
  });
  return reason;
}

/** All that a gate calls before it knows that its image is one. */
const READING = ['execve', 'lseek', 'mmap', 'close', 'write', 'exit_group'];

/** The system calls of a gate that is given these bytes, children included, and its run. */
function traced(image: Uint8Array): { readonly run: GateRun; readonly calls: readonly string[] } {
  const trace = join(directory, 'trace');
  const run = runGate(directory, ['strace', '-f', '-qq', '-o', trace, gate], image);
  const lines = readFileSync(trace, 'utf8').split('\n');
  const calls = lines.flatMap((line) => /^\d+ +(\w+)\(/.exec(line)?.[1] ?? []);
  return { run, calls };
}

test('the calls of a whole image are made', () => {
  const plan = samplePlan();
  const { run, calls } = traced(encodePlan({ ...plan, steps: plan.steps.slice(0, 6) }));
  expect(calls).toEqual(expect.arrayContaining(['close_range', 'openat', 'dup3', 'fcntl']));
  expect(run.events.join()).not.toContain('refused-image');
});

test('too little address space for the sessions is told before anything else is done', () => {
  const limits = {
    sessions: 16_384,
    perSource: undefined,
    rate: undefined,
    burst: 20,
    totalRate: undefined,
    totalBurst: 50,
    datagrams: { intervalNs: 10_000_000 },
    penalties: undefined,
    timeMs: 60_000,
    clientGoneMs: undefined,
    firstByteMs: undefined,
    idleMs: undefined,
    signal: 'SIGTERM' as const,
    graceMs: 2_000,
    drainMs: 3_000,
  };
  const image = encodePlan(samplePlan({ policy: { limits } }));
  const run = runGate(directory, ['prlimit', `--as=${64 << 20}`, gate], image);
  expect(refusal(run)).toBe('there is no address space for its sessions: 8 KB for each of limits.sessions');
});

test('an image with any byte of its header changed is refused', () => {
  for (let offset = 0; offset < HEADER_SIZE; offset++) {
    const reason = refusal(runGate(directory, [gate], damaged(offset)));
    expect({ offset, reason }).toEqual({ offset, reason: reasonAt(offset) });
  }
});

function reasonAt(offset: number): string {
  if (offset < 8) return 'this is no image';
  if (offset < 12) return 'the image is of another version';
  if (offset < 16) return 'the image is for another machine';
  if (offset < 20) return 'the image is not whole';
  return 'the image is damaged';
}

describe('refused, and not one call of the plan is made:', () => {
  test.each<readonly [what: string, reason: string, image: Uint8Array]>([
    ['an empty file', 'descriptor 6 holds no image', new Uint8Array(0)],
    ['a file of zeros', 'this is no image', new Uint8Array(4096)],
    ['a text', 'this is no image', readFileSync(new URL(import.meta.url))],
    ['a program', 'this is no image', readFileSync('/bin/true')],
    ['half a header', 'this is no image', IMAGE.subarray(0, 32)],
    ['a header alone', 'the image is not whole', IMAGE.subarray(0, HEADER_SIZE)],
    ['an image without its last byte', 'the image is not whole', IMAGE.subarray(0, -1)],
    ['an image with a byte too many', 'the image is not whole', Uint8Array.from([...IMAGE, 0])],
    ['an older version', 'the image is of another version', sealed(8, 0)],
    ['a newer version', 'the image is of another version', sealed(8, IMAGE_VERSION + 1)],
    ['the plan of another machine', 'the image is for another machine', FOREIGN_IMAGE],
    ['a changed step', 'the image is damaged', damaged(HEADER_SIZE + 4)],
    ['a changed last byte', 'the image is damaged', damaged(IMAGE.length - 1)],
    ['a changed checksum', 'the image is damaged', damaged(20)],
    ['no step', 'the tables of the image do not fit', sealed(24, 0, 0)],
    ['more steps than there are', 'the tables of the image do not fit', sealed(24, 0xff, 0xff)],
    ['more arguments than there are', 'the tables of the image do not fit', sealed(28, 0xff, 0xff)],
    [
      'more arguments than a call has',
      "a step's arguments lie outside the image",
      sealed(HEADER_SIZE + 3, 7),
    ],
    [
      'an argument behind the last',
      "a step's arguments lie outside the image",
      sealed(HEADER_SIZE + 28, ...wordCount(), 0, 0),
    ],
    ['a kind without an argument', "a step's arguments lie outside the image", sealed(HEADER_SIZE + 7, 0x04)],
    ['an unknown verb', 'a step is not known', sealed(HEADER_SIZE, 9)],
    ['more variables than there is room for', 'the environment lies outside the image', crowded()],
    ['an access list that leaves the image', 'the access list lies outside the image', listed(100_000)],
    ['an access list that is too long', 'the access list lies outside the image', listed(131_073)],
    ['a step that nobody executes', 'a step is not known', sealed(HEADER_SIZE + 1, 0)],
  ])('%s', (_, reason, image) => {
    const { run, calls } = traced(image);
    expect(refusal(run)).toBe(reason);
    expect(calls.filter((call) => !READING.includes(call))).toEqual([]);
    expect(calls).toContain('lseek');
  });

  test('no image at all', () => {
    const run = runGate(directory, ['sh', '-c', 'exec 6<&-; exec "$0"', gate], IMAGE);
    expect(refusal(run)).toBe('descriptor 6 holds no image');
  });
});

describe('the gate of another machine', () => {
  test.each<readonly [what: string, reason: string, image: Uint8Array]>([
    ['an image of this machine', 'the image is for another machine', IMAGE],
    [
      'a damaged image of its own',
      'the image is damaged',
      FOREIGN_IMAGE.map((byte, at) => (at === 99 ? ~byte : byte)),
    ],
    ['an empty file', 'descriptor 6 holds no image', new Uint8Array(0)],
  ])('refuses %s', (_, reason, image) => {
    expect(refusal(runGate(directory, [`qemu-${FOREIGN}-static`, foreign], image))).toBe(reason);
  });
});
