import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HARMLESS, steersLaunch } from '../../src/host/launch-variables.ts';
import { NODE_VERSIONS, nodeOfVersion } from '../support/node-versions.ts';
import { PROGRAM, portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

/** Every other variable that Node, its libraries or this program know, and why root need not refuse it. */
const IGNORED: ReadonlyMap<string, string> = new Map([
  ['AGENT_NAME', 'a build service, for the number of colours'],
  ['CI', 'the same'],
  ['CI_NAME', 'the same'],
  ['COLORTERM', 'the same'],
  ['DEBUG_ASYNC', 'whether a package prints what it does'],
  ['FORCE_COLOR', 'the number of colours'],
  ['HOME', 'where commands that only users start keep files; the launch reads none there'],
  ['HTTPS_PROXY', 'read by requests, of which there are none'],
  ['HTTP_PROXY', 'the same'],
  ['JEST_WORKER_ID', 'read by node:test'],
  ['LANG', 'the language of messages, from the files of the host'],
  ['LC_ALL', 'the same'],
  ['LC_MESSAGES', 'the same'],
  ['LOG_STREAM', 'whether the reader of YAML prints what it does'],
  ['LOG_TOKENS', 'the same'],
  ['NO_COLOR', 'no colours'],
  ['NO_PROXY', 'read by requests, of which there are none'],
  ['PATH', 'where a command is that the caller types'],
  ['SIMDJSON_FORCE_IMPLEMENTATION', 'which of its own instructions a library uses'],
  ['SIMDUTF_FORCE_IMPLEMENTATION', 'the same'],
  ['TEAMCITY_VERSION', 'a build service, for the number of colours'],
  ['TEMP', 'where temporary files go, of which the launch makes none'],
  ['TERM', 'the terminal, for the number of colours'],
  ['TERM_PROGRAM', 'the same'],
  ['TERM_PROGRAM_VERSION', 'the same'],
  ['TF_BUILD', 'a build service, for the number of colours'],
  ['TMP', 'where temporary files go, of which the launch makes none'],
  ['TMUX', 'the terminal, for the number of colours'],
  ['TZ', 'a time zone of the host, which the times of events are in'],
  ['UNDICI_NO_FG', 'read by requests, of which there are none'],
  ['UNDICI_NO_WASM_SIMD', 'the same'],
  ['USERPROFILE', 'read on Windows'],
  ['WATCH_REPORT_DEPENDENCIES', 'what was loaded is reported to a parent, which NODE_CHANNEL_FD names'],
  ['YARGS_MIN_NODE_VERSION', 'a version below which a package gives up'],
]);

/** Those that are neither refused nor known to be harmless. */
function unjudged(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].filter(
    (name) => !steersLaunch(name) && !HARMLESS.has(name) && !IGNORED.has(name),
  );
}

/** Writes the name of each variable that a program asks the C library for. */
const LISTENER = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
static void note(const char *name)
{
	int fd = open(LIST, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (write(fd, name, strlen(name)) < 0 || write(fd, "\\n", 1) < 0)
		_exit(1);
	close(fd);
}
char *getenv(const char *name)
{
	note(name);
	return ((char *(*)(const char *))dlsym(RTLD_NEXT, "getenv"))(name);
}
char *secure_getenv(const char *name)
{
	note(name);
	return ((char *(*)(const char *))dlsym(RTLD_NEXT, "secure_getenv"))(name);
}
`;

/** What a version of Node asks for when it runs this program. */
function asked(node: string, args: readonly string[]): readonly string[] {
  using folder = new TestFolder();
  const list = join(folder.path, 'list');
  const library = join(folder.path, 'listener.so');
  const source = folder.write('listener.c', LISTENER);
  execFileSync('cc', ['-shared', '-fPIC', `-DLIST="${list}"`, '-o', library, source, '-ldl']);
  spawnSync(node, [PROGRAM, ...args], { env: { PATH: '/usr/bin:/bin', LD_PRELOAD: library } });
  return readFileSync(list, 'utf8').trim().split('\n');
}

/** Its documented list. */
function documented(node: string): readonly string[] {
  const help = execFileSync(node, ['--help'], { encoding: 'utf8' });
  const list = help.slice(help.indexOf('Environment variables:'));
  return [...list.matchAll(/^([A-Z][A-Z0-9_]+)\b/gm)].map(([, name = '']) => name);
}

/** What its own JavaScript, which is in the executable, reads from the environment. */
function inItsScripts(node: string): readonly string[] {
  const text = readFileSync(node, 'latin1');
  return [...text.matchAll(/\b(?:process\.)?env\.([A-Z][A-Z0-9_]+)\b/g)].map(([, name = '']) => name);
}

describe.each(NODE_VERSIONS)('of Node %s', (version) => {
  const node = nodeOfVersion(version);

  test('every documented variable is refused for root, or harmless for a reason', () => {
    const names = documented(node);
    expect(names).toContain('NODE_V8_COVERAGE');
    expect(unjudged(names)).toEqual([]);
  });

  test('every variable that it asks for at the start is', () => {
    const names = ['check', 'doctor'].flatMap((command) =>
      asked(node, [command, new URL('../../policies/echo.yaml', import.meta.url).pathname]),
    );
    expect(names).toEqual(expect.arrayContaining(['NODE_OPTIONS', 'OPENSSL_CONF', 'NODE_ICU_DATA']));
    expect(unjudged(names)).toEqual([]);
  });

  test('every variable that its scripts know is', () => {
    const names = inItsScripts(node);
    expect(names).toContain('NODE_CHANNEL_FD');
    expect(unjudged(names)).toEqual([]);
  });
});

/** Source: sysdeps/generic/unsecvars.h of glibc, without TMPDIR: no temporary file is made. */
test.each([
  ...[
    'GCONV_PATH',
    'GETCONF_DIR',
    'GLIBC_TUNABLES',
    'HOSTALIASES',
    'LD_AUDIT',
    'LD_DEBUG',
    'LD_DEBUG_OUTPUT',
  ],
  ...['LD_DYNAMIC_WEAK', 'LD_LIBRARY_PATH', 'LD_ORIGIN_PATH', 'LD_PRELOAD', 'LD_PROFILE', 'LD_SHOW_AUXV'],
  ...[
    'LOCALDOMAIN',
    'LOCPATH',
    'MALLOC_ARENA_MAX',
    'MALLOC_TRACE',
    'NIS_PATH',
    'NLSPATH',
    'RESOLV_HOST_CONF',
  ],
  ...['RES_OPTIONS', 'TZDIR'],
])('%s, which glibc hides from programs with the set-user-ID bit, is refused', (name) => {
  expect(steersLaunch(name)).toBe(true);
});

test('what npm sets for its scripts is not refused', () => {
  using folder = new TestFolder();
  folder.write('package.json', '{ "name": "x", "version": "1.0.0", "scripts": { "start": "env -0" } }');
  const env = { PATH: process.env['PATH'], HOME: folder.path };
  const set = execFileSync('npm', ['--silent', 'start'], { cwd: folder.path, encoding: 'utf8', env });
  const names = set.split('\0').map((text) => text.slice(0, text.indexOf('=')));
  expect(names).toEqual(expect.arrayContaining(['NODE', 'npm_config_user_agent', 'npm_lifecycle_event']));
  expect(names.filter(steersLaunch)).toEqual([]);
});

describe('as root', () => {
  test('NODE_V8_COVERAGE, with which Node writes files, is refused before anything is started', async () => {
    using folder = new TestFolder();
    const where = join(folder.path, 'coverage');
    mkdirSync(where);
    const env = { PATH: '/usr/bin:/bin', NODE_V8_COVERAGE: where };
    spawnSync(process.execPath, ['-e', '0'], { env });
    expect(readdirSync(where)).not.toEqual([]);
    const { code, stderr } = await portcullis(['run', '--listen', 'tcp://127.0.0.1:9', '--', 'cat'], { env });
    expect(stderr).toMatch(/^error: the variable NODE_V8_COVERAGE .* \[untrusted-environment\]$/m);
    expect(code).toBe(125);
  });

  test('a variable that Node hides from its programs is refused as well', async () => {
    const env = { PATH: '/usr/bin:/bin', NODE_CHANNEL_FD: '2' };
    const { code, stderr } = await portcullis(['run', '--listen', 'tcp://127.0.0.1:9', '--', 'cat'], { env });
    expect(stderr).toMatch(/^error: the variable NODE_CHANNEL_FD .* \[untrusted-environment\]$/m);
    expect(code).toBe(125);
  });

  test.each(['NODE_V8_COVERAGE', 'NODE_CHANNEL_FD'])(
    '`build` refuses %s as `run` does, and writes nothing',
    async (name) => {
      using folder = new TestFolder();
      const policy = ['portcullis: 1', 'service: echo', 'listen: tcp://127.0.0.1:9', 'run: [/bin/cat]', ''];
      const file = folder.write('echo.yaml', policy.join('\n'));
      const [output, where] = ['out', 'coverage'].map((each) => join(folder.path, each));
      const args = ['build', file, '-o', output ?? ''];
      const env = { PATH: '/usr/bin:/bin', [name]: name === 'NODE_CHANNEL_FD' ? '2' : where };
      const { code, stderr } = await portcullis(args, { env });
      expect(stderr).toContain(`error: the variable ${name} can make root run other code`);
      expect(stderr).toMatch(
        /^portcullis: root does not build while others can steer it; nothing was written$/m,
      );
      expect(code).toBe(1);
      expect(readdirSync(folder.path)).not.toContain('out');
      const { code: without } = await portcullis(args, { env: { PATH: '/usr/bin:/bin' } });
      expect({ without, there: readdirSync(folder.path).includes('out') }).toEqual({
        without: 0,
        there: true,
      });
    },
  );
});
