import { BACKLOG } from '../../plan/steps/listener.ts';
import type { NetworkSetting } from '../network-settings.ts';
import type { Survey } from '../survey.ts';
import { type Finding, note, ok } from './finding.ts';

/** The settings of the kernel that bound a listener, each with its value and meaning; of those that the host shows. */
export function listenerFindings(survey: Survey): readonly Finding[] {
  return [
    ...queueFinding(survey),
    ...handshakeFinding(survey),
    ...cookieFinding(survey),
    ...filterFinding(survey),
    ...bufferFinding(survey, 'receive-buffers', 'net.core.rmem_max', 'receive-buffer'),
    ...bufferFinding(survey, 'send-buffers', 'net.core.wmem_max', 'send-buffer'),
    ...trackingFinding(survey),
  ];
}

/** Returns the finding of a setting that is shown: its value with the meaning of that. */
function told(
  { network }: Survey,
  setting: NetworkSetting,
  tell: (value: number, what: (meaning: string) => string) => Finding,
): readonly Finding[] {
  const value = network.get(setting);
  return value === undefined ? [] : [tell(value, (meaning) => `${setting} = ${value}: ${meaning}`)];
}

function queueFinding(survey: Survey): readonly Finding[] {
  return told(survey, 'net.core.somaxconn', (value, what) => {
    const meaning = what('so many connections of a listener wait at most until they are accepted');
    const why = `a listener without \`backlog\` asks for ${BACKLOG}`;
    return value >= BACKLOG
      ? ok('backlog', meaning, why)
      : note('backlog', meaning, why, `sysctl -w net.core.somaxconn=${BACKLOG}`);
  });
}

function handshakeFinding(survey: Survey): readonly Finding[] {
  const hasCookies = survey.network.get('net.ipv4.tcp_syncookies') !== 0;
  return told(survey, 'net.ipv4.tcp_max_syn_backlog', (_, what) =>
    ok(
      'handshakes',
      what(
        hasCookies
          ? 'it counts only where syncookies are off; else the backlog bounds the open handshakes'
          : 'a listener refuses new clients when three quarters of so many handshakes are open',
      ),
      'a client that does not finish its handshake costs memory',
    ),
  );
}

function cookieFinding(survey: Survey): readonly Finding[] {
  return told(survey, 'net.ipv4.tcp_syncookies', (value, what) => {
    const why = 'forged handshakes fill the queue of a listener, and cookies take no place in it';
    if (value !== 0)
      return ok('syncookies', what('a listener with a full queue of handshakes still answers clients'), why);
    const meaning = what('a listener with a full queue of handshakes answers nobody');
    return note('syncookies', meaning, why, 'sysctl -w net.ipv4.tcp_syncookies=1');
  });
}

function filterFinding(survey: Survey): readonly Finding[] {
  return told(survey, 'net.core.optmem_max', (_, what) =>
    ok(
      'access-lists',
      what('the kernel keeps access lists up to this memory and 4096 instructions, the gate longer ones'),
      'a peer that the kernel refuses wakes no process',
    ),
  );
}

function bufferFinding(
  survey: Survey,
  id: string,
  setting: NetworkSetting,
  option: string,
): readonly Finding[] {
  return told(survey, setting, (_, what) =>
    ok(id, what(`the largest \`${option}\` of a listener`), 'a launch with a larger one ends'),
  );
}

function trackingFinding(survey: Survey): readonly Finding[] {
  return told(survey, 'net.netfilter.nf_conntrack_max', (_, what) =>
    ok(
      'conntrack',
      what('the host tracks so many connections of all services, and drops new ones beyond'),
      'a flood of one service keeps the clients of the others out',
    ),
  );
}
