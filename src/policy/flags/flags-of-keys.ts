import type { KeyFlag, KeyRecord } from '../keys/key.ts';
import { allKeys, policyKeysAt } from '../known-keys.ts';
import { wordsOf } from '../reference/key-schema.ts';
import type { PolicyFlag } from './policy-flag.ts';

/** The option of each key that has one. A start of the command reads them from a file instead, which loads no schema. */
export function flagsOfKeys(): readonly PolicyFlag[] {
  return allKeys().flatMap(({ path, key }) => (key.flag === undefined ? [] : [flagOf(path, key, key.flag)]));
}

function flagOf(path: string, key: KeyRecord, flag: KeyFlag): PolicyFlag {
  const { kind, name = path.replaceAll('.', '-'), numeric, completes } = flag;
  const choices = wordsOf(key.schema);
  const entries = policyKeysAt(path.split('.'));
  return {
    name,
    path,
    kind,
    argument: flag.argument ?? (choices.length === 0 ? 'VALUE' : choices.join('|')),
    describe: key.description,
    ...(choices.length === 0 ? {} : { choices }),
    ...(entries.length === 0 ? {} : { entries }),
    ...(numeric === undefined ? {} : { numeric }),
    ...(completes === undefined ? {} : { completes }),
  };
}
