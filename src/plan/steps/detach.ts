import { constantNumber } from '../../kernel/constants.ts';
import { ALL_SIGNALS, signalSet } from '../../kernel/signals.ts';
import { releaseOfCall } from '../../kernel/system-call-age.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, equal, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import { structData } from '../data.ts';
import { AUDIT_DESCRIPTORS, firstFree, GATE_DESCRIPTORS, OUTER_DESCRIPTORS } from '../gate-descriptors.ts';
import { inheritedRange } from '../inherited.ts';
import { type GatedShape, isUnattended, type LaunchMode, type UnattendedShape } from '../launch-mode.ts';
import type { KernelNeed } from '../need.ts';
import type { Operand, OuterTask } from '../step.ts';
import { blockSignals, resetSignalDispositions } from './reset.ts';

/** The first descriptor that a supervised gate is not started with: events, control, log and the image stand before it. */
export const FIRST_FOREIGN_DESCRIPTOR: number = GATE_DESCRIPTORS.image + 1;

/**
 * The first descriptor that a supervised outer gate closes. It keeps those before: its events and the pipe whose end
 * stops the inner gate.
 */
const FIRST_CLOSED = OUTER_DESCRIPTORS.lifeline + 1;
const LAST = value(0xffff_ffff, 'the last');

const TASKS: Readonly<Record<GatedShape, OuterTask>> = {
  serve: 'wait',
  standalone: 'supervise',
  wrap: 'forward',
};

/** Returns the task of the outer gate in a plan of this shape. */
export function outerTask(shape: GatedShape): OuterTask {
  return TASKS[shape];
}

/** The ranges of descriptors that the outer gate does not keep when it stays. */
export function closedInOuter({
  shape,
  denials,
}: Pick<LaunchMode, 'shape' | 'denials'>): readonly (readonly [from: number, to: number | Operand])[] {
  const first = isUnattended(shape) ? OUTER_DESCRIPTORS.signals + 1 : FIRST_CLOSED;
  if (denials.by !== 'audit') return [[first, LAST]];
  const { numbers } = AUDIT_DESCRIPTORS;
  return [
    [first, numbers - 1],
    [numbers + 1, LAST],
  ];
}

export const CLOSE_RANGE_NEED: KernelNeed = {
  since: releaseOfCall('close_range'),
  brings: 'close_range',
  without: 'refused',
};

/** Drops the caller's descriptors and signals, and its terminal unless the shape needs it. */
export function detach(
  builder: PlanBuilder,
  shape: GatedShape,
  policy: Pick<Policy, 'handoff' | 'listen'>,
): void {
  switch (shape) {
    case 'serve':
      detachFromLauncher(builder, policy);
      break;
    case 'standalone':
    case 'wrap':
      detachFromCaller(builder, shape, policy);
      break;
    default:
      shape satisfies never;
  }
  blockSignals(builder);
  // nohup(1) means the wrapped program.
  resetSignalDispositions(builder, shape === 'wrap' ? [constantNumber('SIGHUP')] : []);
}

/** The ranges of descriptors from one on without the sockets that are passed. */
export function foreignRanges(
  first: number,
  policy: Pick<Policy, 'handoff' | 'listen'>,
): readonly (readonly [from: number, to: number | Operand])[] {
  const passed = inheritedRange(policy);
  if (passed === undefined) return [[first, LAST]];
  return [
    [first, passed[0] - 1],
    [passed[1] + 1, LAST],
  ];
}

function closeForeign(
  builder: PlanBuilder,
  first: number,
  policy: Pick<Policy, 'handoff' | 'listen'>,
  why: string,
): void {
  for (const [from, to] of foreignRanges(first, policy)) builder.call('close_range', [from, to, 0], { why });
}

function detachFromLauncher(builder: PlanBuilder, policy: Pick<Policy, 'handoff' | 'listen'>): void {
  closeForeign(builder, FIRST_FOREIGN_DESCRIPTOR, policy, 'no descriptor of the caller is inherited');
  openNull(builder);
  nullStandardDescriptors(builder);
  for (const name of ['events', 'log'] as const) {
    builder.call('fcntl', [value(GATE_DESCRIPTORS[name], name), 'F_SETFL', 'O_WRONLY|O_NONBLOCK'], {
      why: 'a reader that is too slow never stops the gate',
    });
  }
  leaveTerminal(builder);
}

/** Standard descriptors that an outer gate keeps under another number, from the lowest number on. */
function keptOf(shape: UnattendedShape): readonly (readonly [from: number, to: number, why: string])[] {
  const error = [2, OUTER_DESCRIPTORS.error, 'failures are reported there'] as const;
  switch (shape) {
    case 'standalone':
      return [[1, OUTER_DESCRIPTORS.output, 'events are printed there'], error];
    case 'wrap':
      return [error];
  }
}

/**
 * Standard output and error are kept under other numbers; the numbers between are taken, so that no other file gets
 * them.
 */
function detachFromCaller(
  builder: PlanBuilder,
  shape: UnattendedShape,
  policy: Pick<Policy, 'handoff' | 'listen'>,
): void {
  const { signals } = OUTER_DESCRIPTORS;
  const kept = keptOf(shape);
  for (const [from, to, why] of kept)
    builder.call('dup3', [from, to, 'O_CLOEXEC'], { why, expect: equal(to) });
  const first = GATE_DESCRIPTORS.events;
  const firstKept = Math.min(...kept.map(([, to]) => to));
  const why = 'no other descriptor of the caller is inherited';
  builder.call('close_range', [first, firstKept - 1, 0], { why });
  closeForeign(builder, signals, policy, why);
  openNull(builder);
  builder.call('fcntl', [slot('null'), 'F_DUPFD_CLOEXEC', firstFree(policy)], {
    why: 'above the numbers that have a use',
    expect: NOT_NEGATIVE,
    store: 'null',
  });
  const between = Array.from({ length: firstKept - first }, (_, index) => first + index);
  for (const descriptor of [...between, signals])
    builder.call('dup3', [slot('null'), descriptor, 'O_CLOEXEC'], {
      why: 'a number that has a use',
      expect: equal(descriptor),
    });
  if (shape !== 'wrap') nullStandardDescriptors(builder);
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

const ORDERS = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGCHLD'] as const;

/** The signals of an outer gate without a supervisor: orders to it, or signals that it forwards. */
export function hearSignals(builder: PlanBuilder, shape: UnattendedShape): void {
  const { signals } = OUTER_DESCRIPTORS;
  const { mask, readable, why } = heardBy(shape);
  builder.call('signalfd4', [value(-1, '-1'), data(structData([[8, mask]]), readable), 8, 'SFD_CLOEXEC'], {
    why,
    expect: NOT_NEGATIVE,
    store: 'signals',
  });
  builder.call('dup3', [slot('signals'), signals, 'O_CLOEXEC'], { why, expect: equal(signals) });
}

interface Heard {
  readonly mask: bigint;
  readonly readable: string;
  readonly why: string;
}

function heardBy(shape: UnattendedShape): Heard {
  switch (shape) {
    case 'standalone':
      return {
        mask: signalSet(ORDERS),
        readable: ORDERS.join(' '),
        why: 'the caller sends the signal to stop',
      };
    case 'wrap':
      return { mask: ALL_SIGNALS, readable: 'all', why: 'signals are handed on to the program' };
  }
}

/** After the split each gate closes the descriptors that were kept for the other. */
export function partWays(builder: PlanBuilder, shape: UnattendedShape): void {
  builder.call('close_range', [OUTER_DESCRIPTORS.orders, OUTER_DESCRIPTORS.signals, 0], {
    why: "the outer gate's output and signals",
    roles: ['inner'],
  });
  if (shape === 'wrap') {
    for (const descriptor of [0, 1, 2])
      builder.call('dup3', [slot('null'), descriptor, 0], {
        why: 'a reader of the output sees its end when the program closes it',
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
