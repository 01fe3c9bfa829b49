import { isDatagram } from '../policy/datagram.ts';
import { fittingHandoff } from '../policy/fitting-handoff.ts';
import type { Policy } from '../policy/policy.ts';
import { type LastProgram, nameOf } from './known-name.ts';
import type { Report } from './report.ts';
import { textOfScript } from './shell-script.ts';
import { SHELLS, scriptOf } from './starts/shell-arguments.ts';

/** Words of a script that read with the shell itself, or that run text which may. */
const READING = /\b(read|readarray|mapfile|select|source|eval)\b|(^|[\s;&|({])\.\s/m;

/** Programs that keep their answers in a buffer until their input ends. */
const HOLDING = /^(mawk|sed|tr|rev|tac|sort|uniq|cut|nl|fold|wc|od|base64|md5sum|sha[0-9]+sum)$/;

/** Reports a service of datagrams whose program does not fit its handoff: it would lose messages, or answer nobody. */
export function checkHandoff(program: LastProgram, policy: Policy, report: Report): void {
  const { handoff, listen } = policy;
  if (!listen.some(isDatagram)) return;
  const warn = (code: string, message: string, help: string): void =>
    report(code, 'run.0', message, help, { severity: 'warning' });
  const { name, words } = nameOf(program);
  const fitting = fittingHandoff(name);
  const hasPeers = listen.some(({ kind }) => kind === 'udp');
  if (handoff === 'listener' && fitting === 'peer' && hasPeers) {
    const message = `'${name}' reads descriptor 0 and writes descriptor 1, and a socket for all peers has no address to answer to`;
    warn('handoff-unfit', message, 'write handoff: peer');
  } else if (handoff === 'peer' && fitting === 'listener') {
    const message = `'${name}' asks its socket for the address of each sender, and the socket of one peer has none`;
    warn('handoff-unfit', message, 'write handoff: listener');
  } else if (losesMessages(name, words, policy)) {
    const message = `'${name}' reads one byte at a time, and with each read the rest of a datagram is lost: 'hello' arrives as 'h'`;
    warn(
      'datagram-loses',
      message,
      'run a program that reads a whole message at once, such as one in Python',
    );
  } else if (handoff === 'peer' && HOLDING.test(name)) {
    const message = `'${name}' writes its answers when its input ends, and the datagrams of a peer have no end`;
    warn('peer-waits', message, 'run a program that answers each message at once');
  }
}

/** A shell reads so that what it does not read is left to its commands; sed(1) does it without a buffer. */
function losesMessages(name: string, words: readonly string[], policy: Policy): boolean {
  if (name === 'sed') return words.some((word) => /^(-[a-zA-Z]*u|--unbuffered$)/.test(word));
  if (!SHELLS.has(name)) return false;
  const script = scriptOf(words);
  if (script === undefined) return true;
  const text = textOfScript(script, policy);
  return text === '' || READING.test(text);
}
