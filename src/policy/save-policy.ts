import { Document, isMap, Pair, parseDocument, Scalar, stringify, YAMLMap, YAMLSeq } from 'yaml';
import type { PolicyDocument } from './document.ts';
import { keyAt, policyKeysAt } from './known-keys.ts';
import { isMapping } from './mapping.ts';

/** No line is folded: a rule or a path stays on its line. */
const LAYOUT = {
  lineWidth: 0,
  flowCollectionPadding: false,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
} as const;

/**
 * The policy that flags make, as the text of a file: over `below`, the text of a file, whose comments stay, or by
 * themselves. Keys that are new have their description above them. `header`: the first comment.
 */
export function savePolicy(flags: PolicyDocument, below: string, header: string): string {
  // Without a schema every scalar stays as it is written: 0077 is not to become 77.
  const document = parseDocument(below, { schema: 'failsafe', uniqueKeys: false, logLevel: 'error' });
  const root = isMap(document.contents) ? document.contents : new YAMLMap();
  const file = new Document(root, { schema: 'failsafe' });
  const first = [document.commentBefore, root.commentBefore].filter((text) => typeof text === 'string');
  root.commentBefore = null;
  file.commentBefore = [` ${header}`, ...first].join('\n');
  file.comment = document.comment;
  if (isMapping(flags.value)) put(root, flags.value, '');
  return file.toString(LAYOUT);
}

/** An existing mapping keeps its other keys; any other value is replaced, or added at the end. */
function put(map: YAMLMap, values: Readonly<Record<string, unknown>>, path: string): void {
  for (const key of inOrder(Object.keys(values), path)) {
    const value = values[key];
    const at = path === '' ? key : `${path}.${key}`;
    const pair = map.items.find((item) => item.key instanceof Scalar && item.key.value === key);
    if (isMapping(value) && isMap(pair?.value)) {
      put(pair.value, value, at);
      continue;
    }
    const node = nodeOf(value, at);
    if (pair !== undefined) {
      pair.value = node;
      continue;
    }
    const name = scalarOf(key);
    const describe = map.flow === true ? undefined : describeKey(at);
    if (describe !== undefined) name.commentBefore = ` ${describe}`;
    map.items.push(new Pair(name, node));
  }
}

function nodeOf(value: unknown, path: string): Scalar | YAMLMap | YAMLSeq {
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    list.items.push(...value.map((item: unknown) => scalarOf(item)));
    list.flow = path === 'run';
    return list;
  }
  if (!isMapping(value)) return scalarOf(value);
  const map = new YAMLMap();
  put(map, value, path);
  return map;
}

/** Plain where YAML reads the same back, and in quotes elsewhere. */
function scalarOf(value: unknown): Scalar {
  const scalar = new Scalar(String(value));
  const plain = typeof value !== 'string' || stringify(value, LAYOUT) === `${value}\n`;
  scalar.type = plain ? 'PLAIN' : 'QUOTE_DOUBLE';
  return scalar;
}

function inOrder(keys: readonly string[], path: string): readonly string[] {
  if (path !== '') return keys;
  const order = policyKeysAt([]);
  return [...keys].sort((left, right) => order.indexOf(left) - order.indexOf(right));
}

function describeKey(path: string): string | undefined {
  const key = keyAt(path);
  return path.includes('.') && key?.flag === undefined ? undefined : key?.description;
}
