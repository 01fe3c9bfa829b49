import { expect, test } from 'vitest';
import { askedByLoader, givenByKernel } from '../../../src/host/elf/code-memory.ts';
import { readDynamic } from '../../../src/host/elf/dynamic.ts';
import { PF_W, PF_X, PT_GNU_STACK, PT_LOAD, readHeaders } from '../../../src/host/elf/headers.ts';
import { ELF_MACHINES } from '../../../src/host/elf/machines.ts';
import { type ElfText, elfFile } from '../../support/elf.ts';

function read(text: ElfText) {
  const bytes = elfFile(text);
  const readAt = (at: number, length: number): Buffer => bytes.subarray(at, at + length);
  const headers = readHeaders(readAt);
  if (headers === undefined) throw new Error('no ELF file');
  return { headers, dynamic: readDynamic(headers, readAt) };
}

const STACK = { type: PT_GNU_STACK, flags: 6 };
const EXECUTABLE_STACK = { type: PT_GNU_STACK, flags: 7 };

test.each([
  ['data', [{ type: PT_LOAD, flags: PF_W, fileSize: 10, memorySize: 9999 }], []],
  ['code', [{ type: PT_LOAD, flags: PF_X, fileSize: 10 }], []],
  ['code that is writable', [{ type: PT_LOAD, flags: PF_X | PF_W, fileSize: 10 }], ['writable-segment']],
  [
    'code longer than its file',
    [{ type: PT_LOAD, flags: PF_X, fileSize: 10, memorySize: 11 }],
    ['writable-segment'],
  ],
  ['a stack', [STACK], []],
  ['a stack that runs', [EXECUTABLE_STACK], ['executable-stack']],
  ['two words on the stack', [EXECUTABLE_STACK, STACK], ['executable-stack']],
  ['no word on the stack', [], []],
] as const)('the kernel gives a program with %s', (_, segments, kinds) => {
  expect(givenByKernel(read({ segments }).headers, 'program')).toEqual(kinds);
});

test('the kernel does not ask for the stack of a loader, and maps its segments', () => {
  const segments = [EXECUTABLE_STACK, { type: PT_LOAD, flags: PF_X | PF_W }];
  expect(givenByKernel(read({ segments }).headers, 'loader')).toEqual(['writable-segment']);
});

/** DT_TEXTREL; DT_FLAGS with DF_TEXTREL. Source: elf/elf.h of glibc. */
test.each([
  [22, 0],
  [30, 4],
])('a library with text relocations has its code made writable: tag %i', (tag, value) => {
  const { headers, dynamic } = read({ segments: [STACK], numbers: [[tag, value]] });
  expect(askedByLoader(headers, dynamic, 'musl')).toEqual(['writable-segment']);
});

test('a library without a word on its stack: only glibc of x86-64 makes one that runs', () => {
  const silent = (machine: number) => read({ machine }).headers;
  expect(askedByLoader(silent(ELF_MACHINES.x86_64), undefined, 'glibc')).toEqual(['executable-stack']);
  expect(askedByLoader(silent(ELF_MACHINES.x86_64), undefined, 'musl')).toEqual([]);
  expect(askedByLoader(silent(ELF_MACHINES.aarch64), undefined, 'glibc')).toEqual([]);
});
