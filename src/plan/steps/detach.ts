import type { PlanBuilder } from '../builder.ts';
import { data, equal, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import { structData } from '../data.ts';
import { type KernelNeed, releaseOfCall } from '../need.ts';
import { isUnattended, type PlanShape } from '../plan.ts';
import type { OuterTask } from '../step.ts';
import { blockSignals, resetSignalDispositions } from './reset.ts';

/** The first descriptor that a supervised gate is not started with: events, control, log and the image stand before it. */
export const FIRST_FOREIGN_DESCRIPTOR = 7;

/** What a supervised outer gate keeps ends before this one: its events, and the pipe whose end tells the inner gate. */
const FIRST_CLOSED = 5;

/** What an outer gate that nobody supervises keeps, by number: `gate/gate.h` has the same. */
export const OUTPUT = 7;
export const ERROR = 8;
export const SIGNALS = 9;
export const FIRST_FREE = 10;
const LAST = value(0xffff_ffff, 'the last');

const SIGHUP = 1;
const SIGINT = 2;
const SIGTERM = 15;
const SIGCHLD = 17;
const ALL_SIGNALS = 0xffff_ffff_ffff_ffffn;

const TASKS = { serve: 'wait', direct: 'wait', standalone: 'supervise', wrap: 'forward' } as const;

/** What the outer gate does in a plan of this shape. */
export function outerTask(shape: PlanShape): OuterTask {
  return TASKS[shape];
}

/** The first descriptor that the outer gate does not keep when it stays. */
export function firstClosedInOuter(shape: PlanShape): number {
  return isUnattended(shape) ? FIRST_FREE : FIRST_CLOSED;
}

export const CLOSE_RANGE_NEED: KernelNeed = {
  since: releaseOfCall('close_range'),
  brings: 'close_range',
  without: 'refused',
};

/** Nothing of the caller's descriptors and signals, and of its terminal only what the shape needs. */
export function detach(builder: PlanBuilder, shape: PlanShape): void {
  if (shape === 'serve') detachFromLauncher(builder);
  else detachFromCaller(builder, shape);
  blockSignals(builder);
  // nohup(1) means the wrapped program.
  resetSignalDispositions(builder, shape === 'wrap' ? [SIGHUP] : []);
}

function detachFromLauncher(builder: PlanBuilder): void {
  builder.call('close_range', [FIRST_FOREIGN_DESCRIPTOR, LAST, 0], {
    why: 'no descriptor of the caller is inherited',
  });
  openNull(builder);
  nullStandardDescriptors(builder);
  for (const [descriptor, name] of [
    [3, 'events'],
    [5, 'log'],
  ] as const) {
    builder.call('fcntl', [value(descriptor, name), 'F_SETFL', 'O_WRONLY|O_NONBLOCK'], {
      why: 'a reader that is too slow never stops the gate',
    });
  }
  leaveTerminal(builder);
}

/** Standard output and error are kept under other numbers; the numbers between are taken, so that nothing else gets them. */
function detachFromCaller(builder: PlanBuilder, shape: PlanShape): void {
  const keep = (from: number, to: number, why: string): void =>
    builder.call('dup3', [from, to, 'O_CLOEXEC'], { why, expect: equal(to) });
  if (shape === 'standalone') keep(1, OUTPUT, 'events are printed there');
  keep(2, ERROR, 'failures are told there');
  const firstKept = shape === 'standalone' ? OUTPUT : ERROR;
  const why = 'no other descriptor of the caller is inherited';
  builder.call('close_range', [3, firstKept - 1, 0], { why });
  builder.call('close_range', [SIGNALS, LAST, 0], { why });
  openNull(builder);
  builder.call('fcntl', [slot('null'), 'F_DUPFD_CLOEXEC', FIRST_FREE], {
    why: 'above the numbers that are spoken for',
    expect: NOT_NEGATIVE,
    store: 'null',
  });
  for (const descriptor of [3, 4, 5, 6, 7].filter((number) => number < firstKept).concat(SIGNALS))
    builder.call('dup3', [slot('null'), descriptor, 'O_CLOEXEC'], {
      why: 'a number that is spoken for',
      expect: equal(descriptor),
    });
  if (shape === 'standalone') nullStandardDescriptors(builder);
}

function openNull(builder: PlanBuilder): void {
  builder.call('openat', ['AT_FDCWD', text('/dev/null'), 'O_RDWR|O_CLOEXEC', 0], {
    why: "the gate's own standard descriptors",
    expect: NOT_NEGATIVE,
    store: 'null',
  });
}

function nullStandardDescriptors(builder: PlanBuilder): void {
  for (const descriptor of [0, 1, 2]) {
    builder.call('dup3', [slot('null'), descriptor, 0], {
      why: "the gate's own standard descriptors",
      expect: equal(descriptor),
    });
  }
}

function leaveTerminal(builder: PlanBuilder): void {
  builder.call('setsid', [], {
    why: 'no terminal, and no signal of its process group',
    expect: NOT_NEGATIVE,
  });
}

function signalBit(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}

/** The signals of an outer gate that nobody supervises: orders to it, or what it hands on. */
export function hearSignals(builder: PlanBuilder, shape: PlanShape): void {
  const orders = [SIGHUP, SIGINT, SIGTERM, SIGCHLD].reduce((bits, signal) => bits | signalBit(signal), 0n);
  const [mask, readable] =
    shape === 'wrap' ? [ALL_SIGNALS, 'all'] : [orders, 'SIGHUP SIGINT SIGTERM SIGCHLD'];
  const why =
    shape === 'wrap' ? 'signals are handed on to the program' : 'whoever started it says when to stop';
  builder.call('signalfd4', [value(-1, '-1'), data(structData([[8, mask]]), readable), 8, 'SFD_CLOEXEC'], {
    why,
    expect: NOT_NEGATIVE,
    store: 'signals',
  });
  builder.call('dup3', [slot('signals'), SIGNALS, 'O_CLOEXEC'], { why, expect: equal(SIGNALS) });
}

/** After the split: what was kept for the outer gate is nothing for the inner one, and the reverse. */
export function partWays(builder: PlanBuilder, shape: PlanShape): void {
  builder.call('close_range', [6, SIGNALS, 0], {
    why: "the outer gate's output and signals",
    roles: ['inner'],
  });
  if (shape === 'wrap') {
    for (const descriptor of [0, 1, 2])
      builder.call('dup3', [slot('null'), descriptor, 0], {
        why: 'who reads what the program writes sees the end when the program ends it',
        roles: ['outer'],
        expect: equal(descriptor),
      });
    return;
  }
  builder.call('setsid', [], {
    why: 'no terminal, and no signal of its process group',
    roles: ['inner'],
    expect: NOT_NEGATIVE,
  });
}
