import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { exportOci } from '../../../../src/seccomp/convert/oci/export.ts';
import { exportSpo } from '../../../../src/seccomp/convert/spo/export.ts';
import { Libseccomp } from '../support/libseccomp.ts';
import { NamedCalls } from '../support/same-answers.ts';
import { importedUnit } from '../systemd/compare.ts';

const CORPUS = new URL('../systemd/corpus/', import.meta.url);

const libseccomp = new Libseccomp();
afterAll(() => libseccomp[Symbol.dispose]());

test.each(readdirSync(CORPUS).sort())('a runtime answers under the exported %s as the unit says', (name) => {
  const filter = importedUnit(readFileSync(new URL(name, CORPUS), 'utf8'), 'x86_64');
  const { content, diagnostics } = exportOci(filter, { name: 'unit' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const calls = new NamedCalls(filter);
  const program = calls.ofProgram(libseccomp.compile(String(content)));
  expect(calls.difference(calls.ofFilter(filter), program)).toBeUndefined();
});

test('a unit that refuses all but a few families becomes an object of Kubernetes', () => {
  const unit = '[Service]\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nRestrictRealtime=yes\n';
  for (const rest of ['', 'SystemCallFilter=@system-service\nSystemCallErrorNumber=ENOSYS\n']) {
    const { content, diagnostics } = exportSpo(importedUnit(unit + rest, 'x86_64'), { name: 'unit' });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(String(content)).toContain('socket');
  }
});

test('a number that no object of Kubernetes can hold is reported once for a call', () => {
  const unit = '[Service]\nSystemCallFilter=read\n';
  const filter = importedUnit(unit, 'x86_64');
  const rule = { call: 'lseek', action: { kind: 'allow' }, source: undefined } as const;
  const bits = [...'ab'].map((_, index) => ({
    ...rule,
    condition: {
      kind: 'compare',
      argument: 1,
      width: 64,
      mask: (1n << 63n) | 3n,
      comparison: '==',
      value: BigInt(index),
    } as const,
  }));
  const { diagnostics } = exportSpo({ ...filter, rules: [...filter.rules, ...bits] }, { name: 'unit' });
  expect(diagnostics.filter(({ code }) => code === 'export-number')).toHaveLength(1);
});
