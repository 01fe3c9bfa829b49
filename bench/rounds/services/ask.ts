import { writeFileSync } from 'node:fs';
import { dialogue, type RoundsService } from '../service.ts';

/** Services that answer a question: identity, fingers, gophers. */
export const ASK: readonly RoundsService[] = [
  {
    name: 'nullidentd',
    packages: [],
    unpacked: ['nullidentd'],
    needs: ['/usr/sbin/nullidentd'],
    command: ({ path }) => [path('/usr/sbin/nullidentd')],
    client: dialogue(/USERID : UNIX/, { say: '113, 25\r\n' }),
  },
  {
    name: 'ident2',
    packages: [],
    unpacked: ['ident2'],
    needs: ['/usr/sbin/ident2'],
    command: ({ path }) => [path('/usr/sbin/ident2'), '-i'],
    client: dialogue(/113 ?, ?25 ?: ?(USERID|ERROR)/, { say: '113, 25\r\n' }),
  },
  {
    name: 'oidentd',
    packages: ['oidentd'],
    needs: ['/usr/sbin/oidentd'],
    command: () => ['/usr/sbin/oidentd', '-I'],
    client: dialogue(/113 ?, ?25 ?: ?(USERID|ERROR)/, { say: '113, 25\r\n' }),
  },
  {
    name: 'in.fingerd',
    packages: ['finger'],
    unpacked: ['fingerd'],
    needs: ['/usr/sbin/in.fingerd', '/usr/bin/finger'],
    command: ({ path }) => [path('/usr/sbin/in.fingerd')],
    client: dialogue(/Login: (games|root)/, { say: 'root\r\n' }),
  },
  {
    name: 'gophernicus',
    packages: ['gophernicus'],
    needs: ['/usr/sbin/gophernicus'],
    prepare: ({ data }) => writeFileSync(`${data}/menu`, 'Mend the portcullis.\n'),
    command: ({ data }) => ['/usr/sbin/gophernicus', '-h', 'localhost', '-r', data],
    client: dialogue(/^0menu.*\tlocalhost\t/m, { say: '\r\n' }),
  },
];
