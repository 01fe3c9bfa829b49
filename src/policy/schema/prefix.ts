import type * as z from 'zod';
import { IP_BITS, type IpAddress, ipText, isMapped, readIpAddress, withoutMapping } from '../ip-address.ts';
import type { AccessEntry, AccessPrefix } from '../policy.ts';
import { ACCOUNT_PATTERN, isAccountEntry, readAccountEntry } from './access-account.ts';
import { converted, describe, type Refusal, type Refuse } from './refusal.ts';

const CODE = 'access-prefix';
const FORM = 'write a prefix such as 192.0.2.0/24 or 2001:db8::/32, or one address';
const EVERYBODY = 'for every address write 0.0.0.0/0 and ::/0';

function readEntries(value: unknown, refuse: Refuse): readonly AccessEntry[] | undefined {
  if (!Array.isArray(value)) {
    const help = typeof value === 'string' ? `write a list: [${value}]` : FORM;
    return refuse({ code: 'wrong-type', message: `expected a list, found ${describe(value)}`, help });
  }
  if (value.length === 0) {
    const help = 'remove the key, or name those that it is about';
    return refuse({ code: CODE, message: 'the list is empty', help });
  }
  const entries: AccessEntry[] = [];
  for (const [index, text] of value.entries()) {
    const read = typeof text === 'string' ? readEntry(text) : mistyped(text);
    if ('code' in read) refuse({ ...read, path: [index] });
    else entries.push(read);
  }
  return entries;
}

function readEntry(text: string): AccessEntry | Refusal {
  return isAccountEntry(text) ? readAccountEntry(text) : readPrefix(text);
}

function mistyped(value: unknown): Refusal {
  return { code: CODE, message: `expected a prefix, found ${describe(value)}`, help: FORM };
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or an address, which is numeric: a list asks no name server. */
function readPrefix(text: string): AccessPrefix | Refusal {
  const [host = '', length, ...rest] = text.split('/');
  const address = readIpAddress(host);
  if (address === undefined || rest.length > 0) return wrongAddress(text, host);
  const most = IP_BITS[address.family];
  const bits = length === undefined ? most : bitsOf(length, most);
  if (bits === undefined) return wrongLength(text, host, length ?? '', most);
  if (isMapped(address) && bits >= 96) {
    const prefix = prefixText(withoutMapping(address), bits - 96);
    return { code: CODE, message: `'${text}' is an IPv4 prefix written as IPv6`, help: `write ${prefix}` };
  }
  const rests = BigInt(most - bits);
  const number = (address.number >> rests) << rests;
  if (number !== address.number) {
    const message = `'${text}' has bits of a host behind the first ${bits}`;
    const help = `write ${prefixText({ ...address, number }, bits)}, or ${ipText(address)} for the one address`;
    return { code: 'access-host-bits', message, help };
  }
  return { kind: 'prefix', text, ...address, bits };
}

function bitsOf(text: string, most: number): number | undefined {
  return /^(0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

function wrongLength(text: string, host: string, length: string, most: number): Refusal {
  const mask = most === IP_BITS.inet ? readIpAddress(length) : undefined;
  const message = `expected a number of bits from 0 to ${most}, found '${length}' in '${text}'`;
  if (mask?.family !== 'inet') return { code: CODE, message, help: FORM };
  const bits = /^1*0*$/.test(mask.number.toString(2).padStart(most, '0'))
    ? mask.number.toString(2).replaceAll('0', '').length
    : undefined;
  return { code: CODE, message, help: bits === undefined ? FORM : `write ${host}/${bits}` };
}

function wrongAddress(text: string, host: string): Refusal {
  const message = `'${text}' is no address and no prefix`;
  if (['*', 'all', 'any', 'ALL'].includes(host)) return { code: CODE, message, help: EVERYBODY };
  if (/^\[.*\]$/.test(host))
    return { code: CODE, message, help: `leave the brackets out: ${text.replace(/[[\]]/g, '')}` };
  if (host.includes('%')) {
    const help = 'leave the interface out: a list is about addresses';
    return { code: CODE, message, help };
  }
  const short = /^\d+(\.\d+){0,2}\.?$/.test(host);
  if (short) return { code: CODE, message, help: 'write all four numbers of the address, as in 10.0.0.0/8' };
  return { code: CODE, message, help: /^[a-z]/i.test(host) ? `names are not looked up; ${FORM}` : FORM };
}

function prefixText(address: IpAddress, bits: number): string {
  return bits === IP_BITS[address.family] ? ipText(address) : `${ipText(address)}/${bits}`;
}

const PATTERN = '^([0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(/[0-9]{1,3})?$';
const ENTRY = `${PATTERN}|${ACCOUNT_PATTERN}`;

/** `allow` and `deny`: a list of prefixes, users and groups. */
export const entriesSchema: z.ZodType<readonly AccessEntry[] | undefined> = converted(readEntries)
  .optional()
  .meta({ type: 'array', items: { type: 'string', pattern: ENTRY }, minItems: 1 });
