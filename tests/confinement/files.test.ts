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

/** What is named is a mount of its own. */
const APART = { bare: 'done', open: 'EXDEV', confined: 'EXDEV' };
const REFUSED = { bare: 'done', open: 'EACCES', confined: 'EACCES' };

testAttacks('files and directories of its own user that the policy does not name', ground, [
  { request: 'own write', ...REFUSED },
  { request: 'own append', ...REFUSED },
  { request: 'own cut', ...REFUSED },
  { request: 'own truncate', ...REFUSED },
  { request: 'own open-again', ...REFUSED },
  { request: 'own create', ...REFUSED },
  { request: 'own temporary', ...REFUSED },
  { request: 'own mkdir', ...REFUSED },
  { request: 'own fifo', ...REFUSED, confined: 'SIGSYS' },
  { request: 'own socket', ...REFUSED, confined: 'SIGSYS' },
  { request: 'own symlink', ...REFUSED },
  { request: 'own link', ...REFUSED, unprivileged: 'EPERM' },
  { request: 'own unlink', ...REFUSED },
  { request: 'own rmdir', ...REFUSED },
  { request: 'own rename', ...REFUSED },
  { request: 'own link-out', ...APART },
  { request: 'own rename-out', ...APART },
  { request: 'own rename-in', ...APART, unprivileged: 'EACCES' },
]);

testAttacks('what is said of a file, which Landlock does not guard', ground, [
  { request: 'own mode', bare: 'done', open: 'done', confined: 'done', unprivileged: 'EPERM' },
  { request: 'own times', bare: 'done', open: 'done', confined: 'done', unprivileged: 'EPERM' },
  { request: 'own owner', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'own attribute', bare: 'done', open: 'done', confined: 'SIGSYS' },
]);

testAttacks("files of root's group", ground, [
  { request: 'read-group-file', bare: 'done', open: 'EACCES', confined: 'EACCES' },
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
    expect(await spoiled).toMatch(/^shutdown ENOTSOCK, then EAGAIN, then SIGTERM$/);
  });
});
