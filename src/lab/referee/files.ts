import { chmodSync, chownSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Values } from './values.ts';

/** The user of services, and the user of the victim: numbers of the world. */
export const SERVICE_UID = 61001;
export const OTHER_UID = 61002;
const ADM_GID = 4;

const PASSWD = [
  'root:x:0:0:root:/:/bin/sh',
  `www:x:${SERVICE_UID}:${SERVICE_UID}:services:/:/bin/false`,
  `mail:x:${OTHER_UID}:${OTHER_UID}:another user:/:/bin/false`,
  'nobody:x:65534:65534:nobody:/:/bin/false',
];
const GROUP = [
  'root:x:0:',
  `adm:x:${ADM_GID}:`,
  `www:x:${SERVICE_UID}:`,
  `mail:x:${OTHER_UID}:`,
  'nogroup:x:65534:',
];

interface Ownership {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Makes the files of a world. Only root can give files to others; without it all of them belong to the one user. */
export function makeFiles(values: Values, isRoot: boolean): void {
  const own = (path: string, { mode, uid = 0, gid = 0 }: Ownership): void => {
    if (mode !== undefined) chmodSync(path, mode);
    if (isRoot) chownSync(path, uid, gid);
  };
  const file = (path: string, text: string, ownership: Ownership = {}): void => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, text);
    own(path, { mode: 0o644, ...ownership });
  };
  const folder = (path: string, ownership: Ownership = {}): void => {
    mkdirSync(path, { recursive: true });
    own(path, { mode: 0o755, ...ownership });
  };

  file('/etc/passwd', `${PASSWD.join('\n')}\n`);
  file('/etc/group', `${GROUP.join('\n')}\n`);
  folder(values.secret);
  file(`${values.secret}/canary`, `${values.canary}\n`, { mode: 0o600 });
  file(`${values.secret}/canary-adm`, `${values['canary-adm']}\n`, { mode: 0o640, gid: ADM_GID });
  file(`${values.secret}/canary-group`, `${values['canary-group']}\n`, { mode: 0o640 });
  file(`${values.secret}/canary-all`, `${values['canary-all']}\n`);

  for (const root of ['', '/srv/jail']) {
    file(`${root}/srv/www/index.txt`, 'It works.\n');
    file(`${root}/srv/www/${values.page}.txt`, `${values.text}\n`);
    folder(`${root}/srv/spool`, { mode: 0o700, uid: SERVICE_UID, gid: SERVICE_UID });
  }
  symlinkSync(`${values.secret}/canary`, '/srv/www/link');
  folder('/srv/jail');
  for (const name of ['tmp', 'dev', 'proc', 'lab', 'lab/bin']) folder(`/srv/jail/${name}`);
  chmodSync('/srv/jail/tmp', 0o1777);
  copyFileSync('/lab/bin/service', '/srv/jail/lab/bin/service');
  own('/srv/jail/lab/bin/service', { mode: 0o755 });
}
