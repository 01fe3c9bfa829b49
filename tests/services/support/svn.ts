import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { exchange } from '../../support/dial.ts';
import { type Finished, finished } from '../../support/finished.ts';
import { type ShippedService, serveShipped } from './shipped-service.ts';

/** The account that may commit, as options of svn(1). */
export const ALICE: readonly string[] = ['--username', 'alice', '--password', 'word'];

export interface SvnService extends ShippedService {
  /** The repository. */
  readonly project: string;
  readonly url: (path: string, host?: string) => string;
  readonly svn: (...args: readonly string[]) => Promise<Finished>;
  /** What a client of its own sends behind its greeting, by the protocol and without an account. */
  readonly speak: (url: string, commands: string) => Promise<string>;
}

function projectIn(root: string): string {
  return join(root, 'repos/project');
}

/** The service with alice as a user; a change is made before it starts. */
export async function serveSvn(
  change: (root: string, project: string) => void = () => undefined,
  changes: Readonly<Record<string, string>> = {},
): Promise<SvnService> {
  const service = await serveShipped({
    policy: 'svnserve.yaml',
    listen: '[::]:3690',
    root: '/srv/svn',
    changes,
    prepare: (root) => {
      appendFileSync(join(projectIn(root), 'conf/passwd'), 'alice = word\n');
      change(root, projectIn(root));
    },
  });
  const { folder, root, port } = service;
  return {
    ...service,
    project: projectIn(root),
    url: (path, host = '127.0.0.1') => `svn://${host}:${port}/${path}`,
    svn: (...args) => {
      const options = ['--non-interactive', '--no-auth-cache', '--config-dir', join(folder.path, 'client')];
      const environment = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' };
      return finished(
        spawn('svn', [...args, ...options], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] }),
      );
    },
    speak: (where, commands) =>
      exchange(port, `( 2 ( edit-pipeline ) ${word(where)} 1:x ( ) ) ( ANONYMOUS ( 0: ) ) ${commands}`),
  };
}

/** A string of the protocol. */
export function word(text: string): string {
  return `${text.length}:${text}`;
}

/** Checks out the repository, without an account; the path of the working copy. */
export async function checkOut({ folder, svn, url }: SvnService): Promise<string> {
  const copy = join(folder.path, 'copy');
  expect(await svn('checkout', '-q', url('project'), copy)).toMatchObject({ code: 0, stderr: '' });
  return copy;
}
