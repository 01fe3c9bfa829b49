import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasErrors } from '../../../src/policy/diagnostic.ts';
import { importFirejail } from '../../../src/seccomp/convert/firejail/import.ts';
import type { Imported, Importer } from '../../../src/seccomp/convert/imported.ts';
import { readJson } from '../../../src/seccomp/convert/json.ts';
import { importKafel } from '../../../src/seccomp/convert/kafel/import.ts';
import { importMinijail } from '../../../src/seccomp/convert/minijail/import.ts';
import { importOci } from '../../../src/seccomp/convert/oci/import.ts';
import { importSeccompiler } from '../../../src/seccomp/convert/seccompiler/import.ts';
import { demand, demandDiagnostics } from '../../support/fuzz/demands.ts';
import { fuzz } from '../../support/fuzz/fuzz.ts';
import { TextMutator } from '../../support/fuzz/mutate-text.ts';
import { X86_64 } from './support/answers.ts';

const FORMATS = [
  [
    'minijail',
    importMinijail,
    [
      'read: 1\nwrite: arg0 == 1 || arg0 == 2 && arg1 in ~PROT_EXEC; return EPERM\n',
      '@default trap\n@include ./x\n{open[arch=x86_64], kill}: { arg1 & (O_CREAT|0x40); allow, return 2 }\n',
      '# text\nsocket: arg0 == AF_UNIX \\\n || arg0 == -1\n@denylist\nptrace: return 1',
    ],
    [
      'arg0',
      ' in ',
      '&&',
      '||',
      '~',
      '(',
      ')',
      '{',
      '}',
      ';',
      ':',
      '\n',
      'return',
      '0xffffffffffffffff',
      '@',
      '\\\n',
      '|',
    ],
  ],
  [
    'kafel',
    importKafel,
    [
      'POLICY a { ALLOW { read, write { fd == 1 && (count & 0xff) != 3 } }, USE b } USE a DEFAULT KILL',
      '#define X 0x10\nPOLICY b { ERRNO(1) { open { !(flags == X|3), mode < 0777 } } }\n#include "x"\n',
      'ALLOW { lseek(a, b) { a > 1 || b <= -1 }, SYSCALL[600], close ON { x86_64 } {} } /* text */ // text\nTRAP(3) { dup }',
    ],
    [
      '{',
      '}',
      '(',
      ')',
      ',',
      '&&',
      '||',
      '!',
      '&',
      '|',
      '==',
      '<',
      'POLICY',
      'USE',
      'ALLOW',
      'DEFAULT',
      '#define',
      '/*',
      '"',
      '#include "x"',
    ],
  ],
  [
    'seccompiler',
    importSeccompiler,
    [
      '{"a":{"mismatch_action":"trap","match_action":"allow","filter":[{"syscall":"read"},{"syscall":"write","args":[{"index":0,"type":"dword","op":"eq","val":1}]}]}}',
      '{"a":{"default_action":{"errno":1},"filter_action":"log","filter":[{"syscall":"ioctl","comment":"x","args":[{"index":1,"type":"qword","op":{"masked_eq":255},"val":3}]}]}}',
    ],
    [
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      'null',
      '18446744073709551616',
      '-1',
      '1e3',
      '"errno":',
      '"args":',
      '"index":6',
    ],
  ],
  [
    'oci',
    importOci,
    [
      '{"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],"syscalls":[{"names":["read","kill"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"valueTwo":3,"op":"SCMP_CMP_MASKED_EQ"},{"index":1,"value":9,"op":"SCMP_CMP_LT"}],"includes":{"caps":["CAP_SYS_ADMIN"]},"excludes":{"minKernel":"5.8","arches":["s390"]}}]}',
      '{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[{"name":"ptrace","action":"SCMP_ACT_ERRNO","errno":"ENOSYS"},{"names":["write"],"action":"SCMP_ACT_TRACE","errnoRet":7,"comment":"x"}]}}}',
    ],
    [
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      'null',
      '18446744073709551616',
      '-1',
      '"SCMP_ACT_KILL"',
      '"SCMP_CMP_NE"',
      '"valueTwo":',
      '"index":6',
      '\\u0000',
    ],
  ],
  [
    'firejail',
    importFirejail,
    [
      '# text\nseccomp !chroot,@clock,mount:ENOENT,$600\nprotocol unix,inet\ninclude x\n',
      'seccomp.keep read,@basic-io\nmemory-deny-write-execute\nrestrict-namespaces user\nseccomp-error-action kill',
      'firejail --seccomp.drop=mount --protocol=unix program\nignore seccomp\n?HAS_X11: seccomp',
    ],
    [
      'seccomp ',
      '@',
      '!',
      ',',
      ':',
      '$',
      '\n',
      '--',
      '=',
      'include x',
      'ignore ',
      '?A: ',
      'kill',
      '.drop',
      '.keep',
    ],
  ],
] as const satisfies readonly (readonly [string, Importer, readonly string[], readonly string[]])[];

test.each(FORMATS.slice(0, 2))('what %s includes without end is refused', (_name, read) => {
  const text = '@include ./x\n'.repeat(20);
  const source = read === importKafel ? text.replaceAll('@include ./x', '#include "x"') : text;
  const { filter, diagnostics } = read(source, { ...X86_64, include: () => ({ file: 'x', text: source }) });
  expect(filter).toBeUndefined();
  expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(['include-depth']));
});

/** Profiles as people write them, and such that are refused. */
const CORPUS = new URL('oci/corpus/', import.meta.url);
const PROFILES = readdirSync(CORPUS)
  .sort()
  .map((name) => readFileSync(new URL(name, CORPUS), 'utf8'));

function demandImported({ filter, diagnostics }: Imported, text: string): boolean {
  demand((filter === undefined) === hasErrors(diagnostics), 'neither a filter nor an error, or both');
  demandDiagnostics(diagnostics, X86_64.file, text);
  return filter !== undefined;
}

for (const [name, read, texts, words] of FORMATS) {
  const sources = new TextMutator(name === 'oci' ? [...texts, ...texts, ...PROFILES] : texts, words);
  fuzz(name, {
    input: (random) => ({ text: sources.text(random), included: sources.text(random) }),
    read: ({ text, included }) => {
      const include = (): { file: string; text: string } => ({ file: 'x', text: included });
      return demandImported(read(text, { ...X86_64, include }), text);
    },
  });
}

const documents = new TextMutator(
  [
    ...PROFILES,
    '[0, -1.5e+3, 18446744073709551615, true, false, null, "a\\u0041\\n\\"", {"a": {"b": []}, "c": {}}]',
    '\ufeff {"deep": [[[[[[{"a": [1, 2, {}]}]]]]]]}',
  ],
  [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u',
    '\\ud800',
    'nul',
    'Infinity',
    '01',
    '1.',
    '+1',
    '//',
    "'",
    '\t',
    '\v',
  ],
);

fuzz('json', {
  input: (random) => documents.text(random),
  read: (text) => {
    const { value, problem } = readJson(text, 'x.json');
    if (problem !== undefined) demandDiagnostics([problem], 'x.json', text);
    // Another reader is the judge of what JSON is; ours also refuses keys that stand twice, and what is too deep.
    if (value !== undefined) JSON.parse(text.replace(/^\ufeff/, ''));
    return value !== undefined;
  },
});
