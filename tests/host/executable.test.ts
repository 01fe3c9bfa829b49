import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { executableFormat } from '../../src/host/executable.ts';
import { TestFolder } from '../support/test-folder.ts';

test.each([
  ['#!/bin/sh -e\n', '/bin/sh', '-e'],
  ['#! \t/usr/bin/env\tnode\n', '/usr/bin/env', 'node'],
  ['#!/usr/bin/env -S  a b \n', '/usr/bin/env', '-S  a b'],
  ['#!/bin/sh\r\n', '/bin/sh\r', undefined],
  ['#!/bin/sh\0/other\n', '/bin/sh', undefined],
])('%j names the interpreter that the kernel starts, and its argument', (line, interpreter, argument) => {
  using folder = new TestFolder();
  expect(executableFormat(folder.write('script', line))).toEqual({
    kind: 'script',
    interpreter,
    argument,
  });
});

/** Elf64_Phdr: p_offset of the segment of type PT_INTERP; e_phoff of Elf64_Ehdr. elf(5). */
const PHOFF = 32;
const PHDR_OFFSET = 8;
const PT_INTERP = 3;

test('headers that lead far behind the end of the file name no interpreter', () => {
  using folder = new TestFolder();
  const bytes = Buffer.from(readFileSync(process.execPath).subarray(0, 4096));
  const table = Number(bytes.readBigUInt64LE(PHOFF));
  const at = [0, 1, 2, 3]
    .map((index) => table + 56 * index)
    .find((each) => bytes.readUInt32LE(each) === PT_INTERP);
  if (at === undefined) throw new Error('this program has no interpreter');
  const path = folder.write('program', '', 0o755);
  for (const field of [at + PHDR_OFFSET, PHOFF]) {
    bytes.writeBigUInt64LE(1n << 62n, field);
    writeFileSync(path, bytes);
    expect(executableFormat(path)).toMatchObject({ kind: 'elf' });
  }
});

/** e_phentsize and e_phnum of Elf64_Ehdr. */
test.each([
  [54, 64],
  [54, 0xffff],
  [56, 0xffff],
])('a table of headers that the kernel does not take is not read: field %i is %i', (field, value) => {
  using folder = new TestFolder();
  const bytes = Buffer.from(readFileSync(process.execPath).subarray(0, 4096));
  bytes.writeUInt16LE(value, field);
  const path = folder.write('program', '', 0o755);
  writeFileSync(path, bytes);
  expect(executableFormat(path)).toMatchObject({ kind: 'elf', headers: { interpreter: undefined } });
});
