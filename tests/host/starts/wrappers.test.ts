import { expect, test } from 'vitest';
import { splitString } from '../../../src/host/starts/split-string.ts';
import { type Unwrapped, unwrapAll } from '../../../src/host/starts/unwrap.ts';
import { yamlList } from '../../../src/host/starts/yaml-words.ts';

function unwrapped(line: string): Unwrapped | undefined {
  const [name = '', ...words] = line.split(' ');
  return unwrapAll(name, words, (program) => (program.includes(' ') ? undefined : program));
}

test.each([
  ['env A=b C=d=e cat -u', 'cat -u', ['environment: { set: { A: b, C: d=e } }']],
  ['env - -u HOME -C /srv cat', 'cat', ['directory: /srv']],
  ['nice -n 5 cat', 'cat', []],
  ['nice -5 cat', 'cat', []],
  ['nice --adjustment 5 cat', 'cat', []],
  ['timeout -k 1 -s KILL 5 cat', 'cat', ['limits: { time: 5s }']],
  ['timeout --foreground 2m cat', 'cat', ['limits: { time: 2m }']],
  ['timeout 0.5 cat', 'cat', ['limits: { time: ... }']],
  ['stdbuf -oL cat', 'cat', []],
  [
    'setpriv --reuid=7 --regid 8 --clear-groups --ambient-caps +chown -- cat',
    'cat',
    ['user: 7', 'group: 8', 'capabilities: [...]'],
  ],
  ['sudo -u www -g web -- A=b cat', 'cat', ['user: www', 'group: web', 'environment: { set: { A: b } }']],
  ['sudo cat', 'cat', ['user: root']],
  ['doas -u www cat', 'cat', ['user: www']],
  ['su - www -s /bin/dash -c cat', '/bin/dash -c cat', ['user: www']],
  ['su www', '/bin/sh', ['user: www']],
  ['runuser -u www -- cat', 'cat', ['user: www']],
  ['setuidgid www cat', 'cat', ['user: www']],
  ['gosu www:web cat', 'cat', ['user: www', 'group: web']],
  [
    'chpst -u :7:8 -/ /srv -o 16 -m 9000000 cat',
    'cat',
    ['user: 7', 'group: 8', 'root: /srv', 'rlimits: { nofile: 16, data: 9000000 }'],
  ],
  ['softlimit -o16 cat', 'cat', ['rlimits: { nofile: 16 }']],
  ['prlimit --nofile=16:32 --cpu=1 cat', 'cat', ['rlimits: { nofile: 16:32, cpu: 1 }']],
  ['chroot --userspec=a:b /srv cat', 'cat', ['root: /srv']],
  ['nohup cat', 'cat', []],
  ['setsid -w cat', 'cat', []],
  ['ionice -c 3 cat', 'cat', []],
  ['chrt -f 10 cat', 'cat', []],
  ['taskset -c 0-3 cat', 'cat', []],
  ['unshare -n -R /srv --map-user 0 cat', 'cat', ['root: /srv']],
  ['flock -w 5 /lock cat', 'cat', []],
  ['tini -g -- cat', 'cat', []],
  ['tcpd /usr/sbin/fingerd -w', '/usr/sbin/fingerd -w', []],
  ['start-stop-daemon -S -c a:b -x /bin/cat -- -u', '/bin/cat -u', ['user: a', 'group: b']],
  [
    'env A=b nice timeout 5 setuidgid www cat',
    'cat',
    ['environment: { set: { A: b } }', 'limits: { time: 5s }', 'user: www'],
  ],
])('%s', (line, command, keys) => {
  expect(unwrapped(line)).toMatchObject({ command: command.split(' '), keys });
});

test.each(['env', 'env A=b', 'nice', 'taskset -p 1', 'ionice -p 1', 'timeout 5', 'cat x', 'constructor x'])(
  '%s starts nothing',
  (line) => {
    expect(unwrapped(line)).toBeUndefined();
  },
);

test('env -S stands for words, and a first line without it is one', () => {
  const find = (name: string): string | undefined => (name === 'python3' ? '/usr/bin/python3' : undefined);
  const split = unwrapAll('env', ['-S A=b python3 -u', '/x.py'], find);
  expect(split).toMatchObject({
    command: ['/usr/bin/python3', '-u', '/x.py'],
    started: ['python3', '-u', '/x.py'],
  });
  expect(split?.keys).toEqual(['environment: { set: { A: b } }']);
  const joined = unwrapAll('env', ['python3 -u', '/x.py'], find);
  expect(joined).toMatchObject({
    command: ['/usr/bin/python3', '-u', '/x.py'],
    started: ['python3 -u', '/x.py'],
  });
});

test.each([
  ['a  b', ['a', 'b']],
  ['"a b" \'c\\d\' e\\_f', ['a b', 'c\\d', 'e', 'f']],
  ['"a\\_b" ""', ['a b', '']],
])('the words of %j', (text, words) => {
  expect(splitString(text)).toEqual(words);
});

test('a list of YAML keeps each word a text', () => {
  expect(yamlList(['/bin/x', '-u', '--a=b', '5', 'true', 'a b', '{', '.5'])).toBe(
    '[/bin/x, -u, --a=b, "5", "true", "a b", "{", ".5"]',
  );
});
