import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exportCHeader } from '../../../../src/seccomp/convert/c-header/export.ts';
import { TestFolder } from '../../../support/test-folder.ts';
import { ARCHITECTURE } from '../../support/live-filter.ts';
import { filterOf } from '../../support/policy.ts';

const PROGRAM = fileURLToPath(new URL('load-header.c', import.meta.url));

test('a header compiles without a warning, and the program that it holds does on this kernel what the rules say', () => {
  using folder = new TestFolder();
  const filter = filterOf(
    ['getpriority(which == 1) -> errno(EDOM)', 'getpriority(who:64 == 0x100000000) -> errno(ENODEV)'],
    { default: { text: 'allow', span: undefined } },
    ARCHITECTURE,
  );
  const { content, diagnostics } = exportCHeader(filter, { name: 'some service-1' });
  expect(diagnostics).toEqual([]);
  writeFileSync(join(folder.path, 'filter.h'), String(content));
  const binary = join(folder.path, 'load');
  const flags = ['-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Werror'];
  execFileSync('cc', [...flags, '-I', folder.path, '-o', binary, PROGRAM]);
  const { stdout, status } = spawnSync(binary, { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '0 33 19 0\n', status: 0 });
});

test.each([
  ['echo', 'echo_filter', 'ECHO_FILTER_H'],
  ['9p', '_9p_filter', '_9P_FILTER_H'],
  ['', '__filter', '__FILTER_H'],
  ['a/b*/c', 'a_b_c_filter', 'A_B_C_FILTER_H'],
])('the name %j becomes an identifier of C', (name, array, guard) => {
  const text = String(exportCHeader(filterOf(['read']), { name }).content);
  expect(text).toContain(`static const struct sock_filter ${array}[] = {`);
  expect(text).toContain(`#ifndef ${guard}\n#define ${guard}\n`);
});

test('a header for another machine does not compile', () => {
  using folder = new TestFolder();
  const other = ARCHITECTURE === 'x86_64' ? 'aarch64' : 'x86_64';
  const { content } = exportCHeader(filterOf(['read'], {}, other), { name: 'other' });
  const file = folder.write('other.c', String(content));
  const { status, stderr } = spawnSync('cc', ['-c', '-o', '/dev/null', file], { encoding: 'utf8' });
  expect(status).not.toBe(0);
  expect(stderr).toContain(`this filter is for ${other}`);
});
