import { describe, expect, test } from 'vitest';
import { serveProbes } from '../support/probe-program.ts';
import { prepareGround, testAttacks } from './support/ground.ts';

const ground = prepareGround();

testAttacks('files', ground, [
  { request: 'write-temporary', bare: 'done', open: 'EACCES', confined: 'EACCES' },
  { request: 'write-granted', bare: 'done', open: 'done', confined: 'done', unprivileged: 'EACCES' },
  { request: 'make-set-user-id', bare: 'done', open: 'done', confined: 'SIGSYS', unprivileged: 'EACCES' },
  { request: 'write-null', bare: 'done', open: 'done', confined: 'done' },
  {
    request: 'write-proc',
    bareRoot: 'done done done',
    open: 'EACCES EACCES EACCES',
    confined: 'EACCES EACCES EACCES',
  },
  { request: 'dump-core', bareRoot: 'core dumped', open: 'no core', confined: 'no core' },
  { request: 'open-descriptors', open: '61', confined: '61' },
]);

describe('the log', () => {
  test('of a session is its own: another one still has a log, whatever the first did to its own', async () => {
    const { folder, program } = ground();
    await using service = await serveProbes(folder, program, {
      lines: ['limits: { drain: 200ms }'],
      default: 'allow',
      rules: ['getpid'],
    });
    const { launch } = service;
    const spoiled = service.attempt('spoil-log');
    await launch.waitFor(({ event, session }) => event === 'log' && session === 1);
    await service.attempt('redial 9');
    await launch.waitFor(({ event, session }) => event === 'log' && session === 2);
    await service.launch.stop();
    expect(await spoiled).toMatch(/^shutdown ENOTSOCK, then EAGAIN, then SIGKILL$/);
  });
});
