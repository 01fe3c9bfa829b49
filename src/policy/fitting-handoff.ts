/** Programs that wait for datagrams of anybody, and ask the socket for the address of each. */
const WAITING =
  /^((in\.)?(tftpd|n?talkd|comsat|timed)|atftpd|opentftpd|bootpd|bootparamd|amandad|dnsmasq|rpc\.(rstatd|rusersd|rwalld|walld|sprayd|rquotad))$/;

/** Programs that read and write what they are given on descriptors 0 and 1, and know no addresses. */
const FILTERS = /^(cat|date|echo|printf|uptime|fortune|hostname|who|w)$/;

/** Returns the kind of handoff that a program with a socket of datagrams needs; `undefined`: its name tells nothing. */
export function fittingHandoff(program: string): 'listener' | 'peer' | undefined {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (WAITING.test(name)) return 'listener';
  return FILTERS.test(name) ? 'peer' : undefined;
}
