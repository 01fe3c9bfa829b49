import { writeFileSync } from 'node:fs';
import { client, type RoundsService, stores } from '../service.ts';

const APPLICATION = `def application(environment, start):
    start('200 OK', [('Content-Type', 'text/plain')])
    return [b'portcullis ' + environment['PATH_INFO'].encode()]
`;

const COROUTINE = `async def application(scope, receive, send):
    if scope['type'] == 'http':
        await send({'type': 'http.response.start', 'status': 200, 'headers': []})
        await send({'type': 'http.response.body', 'body': b'portcullis ' + scope['path'].encode()})
`;

const SERVER = `require('node:http').createServer((question, answer) => answer.end('portcullis ' + question.url)).listen({ fd: 0 });
`;

/** The client of all of them but one. */
function curl(answer: RegExp): RoundsService['client'] {
  return client(answer, ({ port }) => [
    '/usr/bin/curl',
    '-sS',
    '--retry',
    '3',
    `http://127.0.0.1:${port}/page`,
  ]);
}

/** Applications behind a listener. */
export const WEB: readonly RoundsService[] = [
  {
    name: 'gunicorn',
    packages: ['gunicorn', 'curl'],
    needs: ['/usr/bin/gunicorn', '/usr/bin/curl'],
    flags: ({ data }) => ['--handoff', 'listener', '--listen-fds', '--directory', data, ...stores(data)],
    prepare: ({ data }) => writeFileSync(`${data}/page.py`, APPLICATION),
    command: ({ data }) => [
      '/usr/bin/gunicorn',
      '--worker-tmp-dir',
      data,
      '--pythonpath',
      data,
      'page:application',
    ],
    client: curl(/^portcullis \/page/),
  },
  {
    name: 'uvicorn',
    packages: ['uvicorn', 'curl'],
    needs: ['/usr/bin/uvicorn', '/usr/bin/curl'],
    flags: ({ data }) => ['--handoff', 'listener', '--directory', data],
    prepare: ({ data }) => writeFileSync(`${data}/page.py`, COROUTINE),
    command: ({ data }) => ['/usr/bin/uvicorn', '--fd', '0', '--app-dir', data, 'page:application'],
    client: curl(/^portcullis \/page/),
  },
  {
    name: 'php-cgi',
    packages: ['php8.2-cgi', 'libfcgi-bin'],
    needs: ['/usr/bin/php-cgi8.2', '/usr/bin/cgi-fcgi'],
    flags: ({ data }) => ['--handoff', 'listener', ...stores(data)],
    prepare: ({ data }) => writeFileSync(`${data}/page.php`, "<?php echo 'portcullis ', 6 * 7;\n"),
    command: ({ data }) => ['/usr/bin/php-cgi8.2', '-d', `opcache.lockfile_path=${data}`],
    client: client(
      /portcullis 42/,
      ({ port }) => ['/usr/bin/cgi-fcgi', '-bind', '-connect', `127.0.0.1:${port}`],
      ({ data }) => ({ REQUEST_METHOD: 'GET', SCRIPT_FILENAME: `${data}/page.php`, REDIRECT_STATUS: '200' }),
    ),
  },
  {
    name: 'node',
    packages: ['nodejs', 'curl'],
    needs: ['/usr/bin/node', '/usr/bin/curl'],
    flags: () => ['--handoff', 'listener'],
    prepare: ({ data }) => writeFileSync(`${data}/page.js`, SERVER),
    command: ({ data }) => ['/usr/bin/node', `${data}/page.js`],
    client: curl(/^portcullis \/page/),
  },
];
