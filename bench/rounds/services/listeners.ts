import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { client, type RoundsService, stores } from '../service.ts';

/** Nothing but HTTP/1.1 and an answer that has the page's name. */
const CURL: RoundsService['client'] = client(/^portcullis \/page/, ({ port }) => [
  ...['/usr/bin/curl', '-sS', '--retry', '3', `http://127.0.0.1:${port}/page`],
]);

const RACK = `run lambda { |env| [200, { 'Content-Type' => 'text/plain' }, ['portcullis ' + env['PATH_INFO']]] }
`;

const WEBRICK = `require 'webrick'
server = WEBrick::HTTPServer.new(DoNotListen: true, AccessLog: [], Logger: WEBrick::Log.new($stderr, 1))
server.listeners << TCPServer.for_fd(0)
server.mount_proc('/') { |question, answer| answer.body = 'portcullis ' + question.path }
server.start
`;

const TORNADO = `import socket, tornado.httpserver, tornado.ioloop, tornado.web
class Page(tornado.web.RequestHandler):
    def get(self):
        self.write('portcullis ' + self.request.path)
server = tornado.httpserver.HTTPServer(tornado.web.Application([(r'/.*', Page)]))
listener = socket.socket(fileno=0)
listener.setblocking(False)
server.add_socket(listener)
tornado.ioloop.IOLoop.current().start()
`;

const GO = `package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.FileListener(os.Stdin)
	if err != nil {
		panic(err)
	}
	http.Serve(listener, http.HandlerFunc(func(answer http.ResponseWriter, question *http.Request) {
		fmt.Fprint(answer, "portcullis ", question.URL.Path)
	}))
}
`;

const WSGI = `def application(environment, start):
    start('200 OK', [('Content-Type', 'text/plain')])
    return [b'portcullis ' + environment['PATH_INFO'].encode()]
`;

/** Servers of HTTP that take a listener over from whoever starts them. */
export const LISTENERS: readonly RoundsService[] = [
  {
    name: 'nginx',
    packages: ['nginx-light', 'curl'],
    needs: ['/usr/sbin/nginx', '/usr/bin/curl'],
    flags: ({ data }) => ['--handoff', 'listener', '--listen-fds', ...stores(data), '--env', 'NGINX=3;'],
    prepare: ({ data, port }) => {
      const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
      const places = kinds.map((kind) => `${kind}_temp_path ${data}/${kind};`).join(' ');
      const page = `server { listen 127.0.0.1:${port}; location / { return 200 "portcullis $uri"; } }`;
      writeFileSync(
        `${data}/nginx.conf`,
        `daemon off; pid ${data}/pid; error_log stderr; events {}\nhttp { access_log off; ${places} ${page} }\n`,
      );
    },
    command: ({ data }) => ['/usr/sbin/nginx', '-e', 'stderr', '-c', `${data}/nginx.conf`],
    client: CURL,
  },
  {
    name: 'lighttpd',
    packages: ['lighttpd', 'curl'],
    needs: ['/usr/sbin/lighttpd', '/usr/bin/curl'],
    flags: () => ['--handoff', 'listener'],
    prepare: ({ data }) => {
      writeFileSync(`${data}/page`, 'portcullis /page\n');
      writeFileSync(
        `${data}/lighttpd.conf`,
        `server.bind = "/dev/stdin"\nserver.document-root = "${data}"\nserver.errorlog = "/dev/stderr"\n`,
      );
    },
    command: ({ data }) => ['/usr/sbin/lighttpd', '-D', '-f', `${data}/lighttpd.conf`],
    client: CURL,
  },
  {
    name: 'uwsgi',
    packages: ['uwsgi-core', 'uwsgi-plugin-python3', 'curl'],
    needs: ['/usr/bin/uwsgi', '/usr/lib/uwsgi/plugins/python3_plugin.so', '/usr/bin/curl'],
    flags: () => ['--handoff', 'listener'],
    prepare: ({ data }) => writeFileSync(`${data}/page.py`, WSGI),
    command: ({ data }) => [
      ...['/usr/bin/uwsgi', '--plugin', 'python3', '--http-socket', 'fd://0'],
      ...['--wsgi-file', `${data}/page.py`],
    ],
    client: CURL,
  },
  {
    name: 'puma',
    packages: ['puma', 'curl'],
    needs: ['/usr/bin/puma', '/usr/bin/curl'],
    flags: ({ data }) => ['--handoff', 'listener', '--listen-fds', '--directory', data],
    prepare: ({ data }) => writeFileSync(`${data}/page.ru`, RACK),
    command: ({ data, port }) => [
      ...['/usr/bin/puma', '-e', 'production', '-b', `tcp://127.0.0.1:${port}`, `${data}/page.ru`],
    ],
    client: CURL,
  },
  {
    name: 'webrick',
    packages: ['ruby-webrick', 'curl'],
    needs: ['/usr/bin/ruby', '/usr/bin/curl'],
    flags: () => ['--handoff', 'listener'],
    prepare: ({ data }) => writeFileSync(`${data}/page.rb`, WEBRICK),
    command: ({ data }) => ['/usr/bin/ruby', `${data}/page.rb`],
    client: CURL,
  },
  {
    name: 'tornado',
    packages: ['python3-tornado', 'curl'],
    needs: ['/usr/bin/python3', '/usr/bin/curl', '/usr/lib/python3/dist-packages/tornado'],
    flags: () => ['--handoff', 'listener'],
    prepare: ({ data }) => writeFileSync(`${data}/page.py`, TORNADO),
    command: ({ data }) => ['/usr/bin/python3', `${data}/page.py`],
    client: CURL,
  },
  {
    name: 'twisted',
    packages: ['python3-twisted', 'curl'],
    needs: ['/usr/bin/twistd3', '/usr/bin/curl'],
    flags: ({ data }) => ['--handoff', 'listener', '--listen-fds', '--directory', data, ...stores(data)],
    prepare: ({ data }) => writeFileSync(`${data}/page`, 'portcullis /page\n'),
    command: ({ data }) => [
      ...['/usr/bin/twistd3', '-n', '--pidfile=', 'web', '--path', data],
      ...['--listen', 'systemd:domain=INET:index=0'],
    ],
    client: CURL,
  },
  {
    name: 'go',
    packages: ['golang-go', 'curl'],
    needs: ['/usr/bin/go', '/usr/bin/curl'],
    flags: () => ['--handoff', 'listener'],
    prepare: ({ data }) => {
      writeFileSync(`${data}/page.go`, GO);
      // A program belongs to root, so it stands beside the data.
      execFileSync('/usr/bin/go', ['build', '-o', `${data}-page`, `${data}/page.go`], {
        env: { PATH: '/usr/bin:/bin', HOME: data, GOCACHE: `${data}/cache`, GO111MODULE: 'off' },
      });
    },
    command: ({ data }) => [`${data}-page`],
    client: CURL,
  },
];
