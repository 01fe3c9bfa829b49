import type { Architecture } from '../../kernel/architecture.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, equal, fails, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import { type Contract, programPath } from '../contract.ts';
import { bytesData, stringData } from '../data.ts';
import { callsFromPageZero } from '../launch-mode.ts';
import type { CapabilityNeed } from '../need.ts';

export const PAGE_SIZE = 4096;

/**
 * The place of the path of `run` in page 0. It is not the page's first byte: that address is NULL, which a caller passes
 * by accident.
 */
export const PAGE_ZERO_PATH = 16;

/** The place of the instructions by which the gate makes its calls: behind the longest path. */
export const ENTRY = 4080;

/** A system call and the way back, as the machine has them; the kernel sees the address behind the first. */
export const INSTRUCTIONS: Readonly<
  Record<Architecture, { readonly bytes: readonly number[]; readonly next: number }>
> = {
  // syscall; ret
  x86_64: { bytes: [0x0f, 0x05, 0xc3], next: 2 },
  // svc #0; ret
  aarch64: { bytes: [0x01, 0x00, 0x00, 0xd4, 0xc0, 0x03, 0x5f, 0xd6], next: 4 },
};

/**
 * Returns the address that a filter sees for the gate's calls from page 0. No program has a page there to call from.
 */
export function gateAddress(architecture: Architecture): bigint {
  return BigInt(ENTRY + INSTRUCTIONS[architecture].next);
}

/** Returns whether the path leaves room for the instructions behind it. */
export function fitsPageZero(path: string): boolean {
  return PAGE_ZERO_PATH + stringData(path).bytes.length <= ENTRY;
}

/**
 * Only a process with it maps below vm.mmap_min_addr. `exec: once` counts on it; under `exec: allow` the gate's own calls
 * come from page 0 where the launcher has it.
 */
export const PAGE_ZERO_NEED: CapabilityNeed = {
  capability: 'CAP_SYS_RAWIO',
  to: 'to map page 0',
  does: 'maps page 0',
  when: ({ exec }) => exec === 'once',
  without: 'replaced',
  instead: 'exec once is held by notifications to the gate instead, which is as strict',
};

/** Page 0 is read-only from the start: exec discards it and no process can map it again. */
export function fillPageZero(builder: PlanBuilder, contract: Contract): void {
  const path = programPath(contract);
  const makesCalls = callsFromPageZero(contract.guard);
  const bytes = stringData(path);
  const source = contract.policy.spans.get('run');
  const why = 'the one path that execve may be given, at an address that exec discards';
  builder.call('memfd_create', [text('portcullis-path'), 'MFD_CLOEXEC'], {
    why,
    source,
    expect: NOT_NEGATIVE,
    store: 'page',
  });
  builder.call(
    'pwrite64',
    [slot('page'), data(bytes, JSON.stringify(path)), bytes.bytes.length, PAGE_ZERO_PATH],
    {
      why,
      source,
      expect: equal(bytes.bytes.length),
    },
  );
  if (makesCalls) writeEntry(builder);
  const protection = makesCalls ? 'PROT_READ|PROT_EXEC' : 'PROT_READ';
  builder.call('mmap', [0, PAGE_SIZE, protection, 'MAP_PRIVATE|MAP_FIXED', slot('page'), 0], {
    why,
    source,
  });
  builder.call('close', [slot('page')], { why, source });
  if (makesCalls)
    builder.verb({
      verb: 'enter',
      address: ENTRY,
      why: "from here on the gate's calls come from page 0, and a filter knows them by that",
      source: undefined,
    });
}

function writeEntry(builder: PlanBuilder): void {
  const { bytes } = INSTRUCTIONS[builder.architecture];
  const entry = bytesData(Uint8Array.from(bytes));
  builder.call('pwrite64', [slot('page'), data(entry, 'system call, return'), bytes.length, ENTRY], {
    why: 'the instructions by which the gate makes its calls',
    expect: equal(bytes.length),
  });
}

/** Asserts that page 0 cannot be mapped again: `exec: once` and the gate's calls depend on it. */
export function assertPageZeroIsClosed(builder: PlanBuilder): void {
  builder.call(
    'mmap',
    [0, PAGE_SIZE, 'PROT_READ', 'MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS', value(-1, '-1'), 0],
    {
      why: 'no other path can be put into page 0',
      expect: fails('EPERM'),
    },
  );
}
