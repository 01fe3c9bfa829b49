import * as z from 'zod';
import { CAPABILITY_NAMES, type CapabilityName } from '../../kernel/capabilities.ts';
import { nearest } from '../nearest.ts';
import { converted, describe, type Refuse } from '../schema/refusal.ts';
import type { PolicyKey } from './key.ts';

function readCapability(value: unknown, refuse: Refuse): CapabilityName | undefined {
  const code = 'unknown-capability';
  if (typeof value !== 'string')
    return refuse({ code, message: `expected a capability, found ${describe(value)}` });
  const word = value.toUpperCase();
  const name = CAPABILITY_NAMES.find((candidate) => candidate === word || candidate === `CAP_${word}`);
  if (name !== undefined) return name;
  const near = nearest(word.startsWith('CAP_') ? word : `CAP_${word}`, CAPABILITY_NAMES);
  const help = near === undefined ? 'capabilities(7) lists the names' : `did you mean '${near}'?`;
  return refuse({ code, message: `unknown capability '${value}'`, help });
}

export const capabilities: PolicyKey<readonly CapabilityName[]> = {
  section: 'Identity',
  description: 'Capabilities that the service keeps; empty by default.',
  details:
    'See capabilities(7). A capability that leaves little of the confinement is a warning, which names the danger.',
  value: 'a list of names, with or without CAP_, in any case',
  example: ['wake_alarm'],
  schema: z
    .array(converted(readCapability).meta({ type: 'string', pattern: '^([Cc][Aa][Pp]_)?[A-Za-z_]+$' }))
    .prefault([]),
  flag: { kind: 'list', argument: 'NAME', completes: 'capability' },
};
