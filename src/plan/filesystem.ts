import type { Policy } from '../policy/policy.ts';
import type { PlanBuilder } from './builder.ts';
import { data, equal, NOT_NEGATIVE, slot, text, value } from './builder.ts';
import { stringData } from './data.ts';

/**
 * Where the path of `run` stands in page 0. Not the page's first byte: that address is NULL, which a caller passes
 * by accident.
 */
export const PAGE_ZERO_PATH = 16;

const PAGE_SIZE = 4096;

export function enterRoot(builder: PlanBuilder, root: string, policy: Policy): void {
  const source = policy.spans.get('root');
  builder.call('chroot', [text(root)], { why: 'the service sees this tree only', source });
  builder.call('chdir', [text('/')], { why: 'no directory outside the root is held', source });
}

export function enterDirectory(builder: PlanBuilder, policy: Policy): void {
  const source = policy.spans.get('directory');
  builder.call('chdir', [text(policy.directory)], { why: 'the working directory', source });
}

export function setUmask(builder: PlanBuilder, policy: Policy): void {
  const readable = `0${policy.umask.toString(8)}`;
  builder.call('umask', [value(policy.umask, readable)], {
    why: 'files of the service',
    source: policy.spans.get('umask'),
    expect: NOT_NEGATIVE,
  });
  builder.call('umask', [value(policy.umask, readable)], {
    why: 'read back',
    source: policy.spans.get('umask'),
    expect: equal(policy.umask),
  });
}

/** Page 0 holds the path, read-only from the start: exec discards it and nobody can map it again. */
export function fillPageZero(builder: PlanBuilder, path: string, policy: Policy): void {
  const bytes = stringData(path);
  const source = policy.spans.get('run');
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
  builder.call('mmap', [0, PAGE_SIZE, 'PROT_READ', 'MAP_PRIVATE|MAP_FIXED', slot('page'), 0], {
    why,
    source,
  });
  builder.call('close', [slot('page')], { why, source });
}

/** Nobody has looked on this host whether the program is there: the service's user asks before anything is served. */
export function findProgram(builder: PlanBuilder, policy: Policy, interpreter: string | undefined): void {
  const find = (path: string, why: string): void =>
    builder.call('faccessat', ['AT_FDCWD', text(path), value(1, 'X_OK')], {
      why,
      source: policy.spans.get('run'),
      roles: ['inner'],
    });
  find(policy.run[0], 'the program has to be installed here, and the user of the service may execute it');
  if (interpreter !== undefined)
    find(interpreter, 'so have the interpreter of a script and the loader of a program');
}
