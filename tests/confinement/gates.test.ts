import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { launchReady } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import {
  buildProbes,
  PROBE_UID,
  ProbedService,
  serveBuiltProbes,
  serveProbes,
} from '../support/probe-program.ts';
import { processTree } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';

const SOURCE = new URL('support/inject.c', import.meta.url).pathname;

let folder: TestFolder;
let program: string;
let inject: string;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
  inject = join(folder.path, 'inject');
  execFileSync('cc', ['-std=gnu17', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-o', inject, SOURCE]);
});
afterAll(() => {
  folder[Symbol.dispose]();
});

type Gate = 'outer' | 'inner';

/** What a gate that somebody has taken over is answered; it is gone afterwards, and its service with it. */
async function attempt(serve: () => Promise<ProbedService>, gate: Gate, words: string): Promise<string> {
  const [call = '', ...args] = words.split(' ');
  await using service = await serve();
  const family = processTree(service.launch.process.pid ?? 0).filter(({ program: file }) =>
    /gate|probe-\d+/.test(file),
  );
  const pid = family[gate === 'outer' ? 0 : 1]?.pid;
  const number = syscallNumber(call, hostArchitecture());
  return execFileSync(inject, [`${pid}`, `${number}`, ...args], { encoding: 'utf8' }).trim();
}

const RULES = { rules: ['@start', '@stdio'] };

const OUTER: readonly (readonly [words: string, answer: string])[] = [
  ['exit_group 0', 'ended'],
  ['openat 0xffffff9c 0', 'SIGSYS'],
  ['socket 2 1', 'SIGSYS'],
  ['kill 1 9', 'SIGSYS'],
  ['clone 17', 'SIGSYS'],
  ['execve 16', 'SIGSYS'],
  ['mmap 0 4096 7 34 0xffffffff', 'SIGSYS'],
  ['ptrace 0x4206 1', 'SIGSYS'],
];

const INNER: typeof OUTER = [
  ['clone 0x10000011', 'SIGSYS'],
  ['unshare 0x10000000', 'SIGSYS'],
  ['kill -1 19', 'SIGSYS'],
  ['kill -1 15', 'ESRCH'],
  ['socket 2 1', 'SIGSYS'],
  ['connect 3 0 16', 'SIGSYS'],
  ['bind 3 0 16', 'SIGSYS'],
  ['execve 0', 'SIGSYS'],
  ['execveat 0xffffff9c 0', 'SIGSYS'],
  ['setresuid 0 0 0', 'SIGSYS'],
  ['mmap 0 4096 7 34 0xffffffff', 'SIGSYS'],
  ['prlimit64 2 0 16', 'SIGSYS'],
  ['ptrace 0x4206 2', 'SIGSYS'],
  ['openat 0xffffff9c 0 1', 'SIGSYS'],
  // What its policy allows sessions it may do itself: here to read files. In page 0 the name of this one is empty.
  ['openat 0xffffff9c 0 0', 'ENOENT'],
];

/** It sends to names by the socket of the policy alone, whose number its filter has, and has no others. */
const OF_PEERS: typeof OUTER = [
  ['sendmsg 14 0 64', 'EDESTADDRREQ'],
  ['sendmsg 13 0 64', 'SIGSYS'],
  ['sendto 14 16 1 0x4040 16 16', 'SIGSYS'],
  ['socketpair 1 0x80002 0 0', 'SIGSYS'],
];

/** A service whose peers have sessions. */
async function servePeers(): Promise<ProbedService> {
  const port = freePort();
  const lines = [
    'portcullis: 1',
    'service: peers',
    `listen: udp4://127.0.0.1:${port}`,
    'handoff: peer',
    'run: [/bin/cat]',
    `user: ${PROBE_UID}`,
    `group: ${PROBE_UID}`,
    'seccomp: { rules: ["@start", "@stdio"] }',
  ];
  const file = folder.write('peers.yaml', `${lines.join('\n')}\n`);
  return new ProbedService(await launchReady([file]), port);
}

describe('code of an attacker in a gate', () => {
  test.each(OUTER)('the outer one: %s: %s', async (words, answer) => {
    expect(await attempt(() => serveProbes(folder, program, RULES), 'outer', words)).toBe(answer);
  });

  test.each(OUTER)('the outer one of an executable of its own: %s: %s', async (words, answer) => {
    expect(await attempt(() => serveBuiltProbes(folder, program, RULES), 'outer', words)).toBe(answer);
  });

  test.each(INNER)('the inner one: %s: %s', async (words, answer) => {
    expect(await attempt(() => serveProbes(folder, program, RULES), 'inner', words)).toBe(answer);
  });

  test.each(OF_PEERS)('the inner one that passes datagrams on: %s: %s', async (words, answer) => {
    expect(await attempt(servePeers, 'inner', words)).toBe(answer);
  });
});
