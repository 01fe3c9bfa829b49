import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dialogue, type RoundsService, stores } from '../service.ts';

/** The classic small services of inetd, and programs that talk on a pipe. */
export const SMALL: readonly RoundsService[] = [
  {
    name: 'fortune',
    packages: ['fortune-mod'],
    needs: ['/usr/games/fortune', '/usr/bin/strfile'],
    prepare: ({ data }) => {
      writeFileSync(`${data}/sayings`, 'Mend the portcullis.\n%\nOil the portcullis.\n%\n');
      execFileSync('/usr/bin/strfile', ['-s', `${data}/sayings`]);
    },
    command: ({ data }) => ['/usr/games/fortune', `${data}/sayings`],
    client: dialogue(/ the portcullis\.\n/),
  },
  {
    name: 'cowsay',
    packages: ['cowsay'],
    needs: ['/usr/games/cowsay'],
    command: () => ['/usr/games/cowsay'],
    client: dialogue(/< moo >.*\|\|/s, { say: 'moo\n', end: true }),
  },
  {
    name: 'systat (ps)',
    packages: ['procps'],
    needs: ['/usr/bin/ps'],
    command: () => ['/usr/bin/ps', 'auwwx'],
    client: dialogue(/^USER +PID.*\/usr\/bin\/ps auwwx/s),
  },
  {
    name: 'netstat',
    packages: ['net-tools'],
    needs: ['/usr/bin/netstat'],
    command: () => ['/usr/bin/netstat', '-an'],
    client: dialogue(/Active Internet connections.*Active UNIX domain sockets/s),
  },
  {
    name: 'bc',
    packages: ['bc'],
    needs: ['/usr/bin/bc'],
    command: () => ['/usr/bin/bc', '-q'],
    client: dialogue(/^18446744073709551616\n/, { say: '2^64\n' }),
  },
  {
    name: 'units',
    packages: ['units'],
    needs: ['/usr/bin/units'],
    command: () => ['/usr/bin/units', '-t', '2 miles', 'km'],
    client: dialogue(/^3\.218688\n/),
  },
  {
    name: 'aspell',
    packages: ['aspell', 'aspell-en'],
    needs: ['/usr/bin/aspell', '/usr/lib/aspell/en_US.multi'],
    command: () => ['/usr/bin/aspell', '-a', '--lang=en_US'],
    client: dialogue(/^& portculis \d+ 0: .*portcullis/m, { say: 'portculis\n', end: true }),
  },
  {
    name: 'sqlite3',
    packages: ['sqlite3'],
    needs: ['/usr/bin/sqlite3'],
    flags: ({ data }) => stores(data),
    command: ({ data }) => ['/usr/bin/sqlite3', '-batch', `${data}/guests`],
    client: dialogue(/^alice\n/, {
      say: "create table if not exists guest(name); insert into guest values('alice'); select name from guest;\n",
      end: true,
    }),
  },
  {
    name: 'jq',
    packages: ['jq'],
    needs: ['/usr/bin/jq'],
    command: () => ['/usr/bin/jq', '-c', '--unbuffered', '.a+1'],
    client: dialogue(/^42\n/, { say: '{"a":41}\n' }),
  },
  {
    name: 'gnugo',
    packages: ['gnugo'],
    needs: ['/usr/games/gnugo'],
    command: () => ['/usr/games/gnugo', '--mode', 'gtp'],
    client: dialogue(/^= [A-T]\d+/m, { say: 'boardsize 9\ngenmove black\nquit\n' }),
  },
  {
    name: 'stockfish',
    packages: ['stockfish'],
    needs: ['/usr/games/stockfish'],
    command: () => ['/usr/games/stockfish'],
    client: dialogue(
      /^bestmove [a-h][1-8][a-h][1-8]/m,
      { say: 'uci\nisready\n' },
      { after: /readyok/, say: 'position startpos\ngo depth 4\n' },
    ),
  },
  {
    name: 'socat',
    packages: ['socat'],
    needs: ['/usr/bin/socat'],
    command: () => ['/usr/bin/socat', 'STDIO', 'PIPE'],
    client: dialogue(/^hello\n/, { say: 'hello\n' }),
  },
];
