import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { programsOfScript } from '../../../src/host/starts/shell-programs.ts';

function names(text: string): readonly string[] {
  return programsOfScript(text).map(({ name, line, isCertain }) => `${name}:${line}${isCertain ? '!' : ''}`);
}

test.each([
  ['date', ['date:1!']],
  ['exec date -u', ['date:1!']],
  ['cd /srv\numask 077; A=b exec /bin/date', ['/bin/date:2!']],
  ['cd /srv && exec date', ['date:1!']],
  ['[ -e /x ] || exec date', ['date:1']],
  ['if true; then date; fi', ['date:1']],
  ['echo a | tr a b', ['tr:1']],
  ['read -r a; echo "$(date) `id -u`"', ['date:1', 'id:1']],
  ['a=$(date)', ['date:1']],
  ['a=`\nread -r b\ndate`\nid', ['date:3', 'id:4']],
  ['a=$((1 + $(id -u)))', ['id:1']],
  [`a=$${'{'}b:-$(date)}`, ['date:1']],
  ['f() { date; }\nf', ['date:1']],
  ['function f { :; }\nf', []],
  ['exec "$@"', ['"$@":1']],
  ['$handler', []],
  ['$handler now', ['$handler:1']],
  ['command -v date', []],
  ['command date', ['date:1!']],
  ['exec >log 2>&1 <&3', []],
  ['while read -r a; do echo "$a"; done <file', []],
  ['for a in date id; do echo "$a"; done', []],
  ['for a do date; done', ['date:1']],
  ['for ((i = 0; i < 2; i++)); do :; done', []],
  ['case $a in date | id) echo a ;; (*) id ;; esac\ndate', ['id:1', 'date:2']],
  ['case date in\n esac', []],
  ['cat <<END\ndate\nEND\nid', ['cat:1!', 'id:4']],
  ["cat <<-'END'\n\tdate\n\tEND\n", ['cat:1!']],
  ['cat <<<date', ['cat:1!']],
  ['[[ $a < b && -e date ]] && echo', []],
  ['a=(date id)\ndeclare b=(\n [x]=date\n)', []],
  ['# date\necho \\# date', []],
  ['echo \'date; id\' "; id"', []],
  ['echo a; echo b & wait', []],
  ['(date)', ['date:1']],
  ['diff <(date) >(id)', ['date:1', 'id:1', 'diff:1']],
  ['trap "rm x" EXIT', []],
  ['! date; time id', ['date:1', 'id:1']],
  ['dat\\\ne', ['date:1!']],
])('%j starts %j', (text, expected) => {
  expect(names(text)).toEqual(expect.arrayContaining([...expected]));
  expect(names(text)).toHaveLength(expected.length);
});

test('words are known of a text that is one command', () => {
  expect(programsOfScript('exec date -u "+%Y %m"')[0]?.words).toEqual(['date', '-u', '+%Y %m']);
  expect(programsOfScript('exec date "$a"')[0]?.words).toBeUndefined();
  expect(programsOfScript('cd /; date')[0]?.words).toBeUndefined();
});

test('scripts of this project that start nothing, and one that does', () => {
  for (const path of ['policies/guestbook.sh', 'examples/finger/finger.sh'])
    expect(names(readFileSync(path, 'utf8'))).toEqual([]);
  const found = programsOfScript(readFileSync('policies/msmtpd-deliver.sh', 'utf8')).map(({ name }) => name);
  expect(found).toEqual(['date', 'mktemp', 'cat', 'rm', '"$0"', 'ln', 'rm']);
});
