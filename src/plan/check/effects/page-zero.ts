import { data, equal, fails, NOT_NEGATIVE, slot, text, value } from '../../builder.ts';
import { programPath } from '../../contract.ts';
import { bytesData, stringData } from '../../data.ts';
import { callsFromPageZero, mapsPageZero } from '../../launch-mode.ts';
import { ENTRY, INSTRUCTIONS, PAGE_SIZE, PAGE_ZERO_NEED, PAGE_ZERO_PATH } from '../../steps/page-zero.ts';
import { type CallEffect, type EffectsOf, processesOf } from '../call-effect.ts';

const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;

/** Page 0: its content, its read-only mapping, and the proof that it cannot be mapped again. */
export const pageZeroEffects: EffectsOf = (contract) => {
  if (!mapsPageZero(contract.guard)) return [];
  const makesCalls = callsFromPageZero(contract.guard);
  const { bytes: instructions } = INSTRUCTIONS[contract.facts.architecture];
  const contents: readonly (readonly [number, Uint8Array])[] = [
    [PAGE_ZERO_PATH, stringData(programPath(contract)).bytes],
    ...(makesCalls ? [[ENTRY, Uint8Array.from(instructions)] as const] : []),
  ];
  return [
    {
      ...PREPARED,
      call: 'memfd_create',
      operands: [text('portcullis-path'), 'MFD_CLOEXEC'],
      expect: NOT_NEGATIVE,
      store: 'page',
      deed: 'page is open',
    },
    ...contents.map(
      ([offset, bytes]): CallEffect => ({
        ...PREPARED,
        call: 'pwrite64',
        operands: [slot('page'), data(bytesData(bytes), ''), bytes.length, offset],
        expect: equal(bytes.length),
        deed: 'page is filled',
        of: offset,
        before: ['page 0'],
      }),
    ),
    {
      ...PREPARED,
      call: 'mmap',
      operands: [
        0,
        PAGE_SIZE,
        makesCalls ? 'PROT_READ|PROT_EXEC' : 'PROT_READ',
        'MAP_PRIVATE|MAP_FIXED',
        slot('page'),
        0,
      ],
      deed: 'page 0',
      needs: PAGE_ZERO_NEED,
    },
    { ...PREPARED, call: 'close', operands: [slot('page')], deed: 'page is closed', after: ['page 0'] },
    {
      call: 'mmap',
      phase: 'confine',
      roles: processesOf(contract.shape).staying,
      operands: [0, PAGE_SIZE, 'PROT_READ', 'MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS', value(-1, '-1'), 0],
      expect: fails('EPERM'),
      deed: 'page 0 is closed',
      after: ['capabilities are given up'],
      // Below vm.mmap_min_addr only CAP_SYS_RAWIO maps. Source: cap_mmap_addr() in security/commoncap.c.
      kernel: (credentials) => credentials.lacks('CAP_SYS_RAWIO'),
    },
  ];
};
