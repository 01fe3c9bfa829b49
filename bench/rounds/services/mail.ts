import { mkdirSync, writeFileSync } from 'node:fs';
import { dialogue, type RoundsService, stores } from '../service.ts';

/** Mail, news and chat. */
export const MAIL: readonly RoundsService[] = [
  {
    name: 'dovecot imap',
    packages: ['dovecot-imapd'],
    needs: ['/usr/lib/dovecot/imap'],
    flags: ({ data }) => [...[...stores(data), '--env', 'USER=games', '--env', `HOME=${data}`]],
    command: ({ data }) => ['/usr/lib/dovecot/imap', '-o', `mail_location=maildir:${data}/mail`],
    client: dialogue(
      /^b OK .*completed/m,
      { after: /PREAUTH/, say: 'a select INBOX\r\n' },
      { after: /^a OK/m, say: 'b noop\r\n' },
    ),
  },
  {
    name: 'mailutils imap4d',
    packages: ['mailutils-imap4d'],
    needs: ['/usr/sbin/imap4d'],
    command: () => ['/usr/sbin/imap4d', '--no-config', '--inetd'],
    client: dialogue(/^\* CAPABILITY IMAP4.*^a OK/ms, { after: /^\* OK/, say: 'a capability\r\n' }),
  },
  {
    name: 'bitlbee',
    packages: ['bitlbee'],
    needs: ['/usr/sbin/bitlbee'],
    flags: ({ data }) => stores(`${data}/accounts`),
    prepare: ({ data }) => {
      mkdirSync(`${data}/accounts`);
      writeFileSync(`${data}/bitlbee.conf`, '[settings]\nRunMode = Inetd\n[defaults]\n');
    },
    command: ({ data }) => [
      ...['/usr/sbin/bitlbee', '-I', '-c', `${data}/bitlbee.conf`, '-d', `${data}/accounts/`],
    ],
    client: dialogue(/ 001 alice /, { say: 'NICK alice\r\nUSER alice a a :Alice\r\n' }),
  },
  {
    name: 'dovecot pop3',
    packages: ['dovecot-pop3d'],
    needs: ['/usr/lib/dovecot/pop3'],
    flags: ({ data }) => [...stores(data), '--env', 'USER=games', '--env', `HOME=${data}`],
    command: ({ data }) => ['/usr/lib/dovecot/pop3', '-o', `mail_location=maildir:${data}/mail`],
    client: dialogue(/^\+OK 0 0/m, { say: 'STAT\r\n' }),
  },
];
