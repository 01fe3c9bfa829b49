import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const stderr: PolicyKey<'log' | 'null' | 'socket'> = {
  section: 'Surroundings',
  description: 'The destination of descriptor 2.',
  details: '`log`: to the log. `null`: nowhere. `socket`: to the client.',
  value: 'a word',
  example: 'socket',
  // An editor reads the word null as the value null.
  schema: z
    .enum(['log', 'null', 'socket'])
    .prefault('log')
    .meta({ type: ['string', 'null'], enum: ['log', 'null', 'socket', null] }),
  flag: { kind: 'value' },
  verbatim: 'value',
};
