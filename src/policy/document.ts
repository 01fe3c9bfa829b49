import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { Diagnostic, Span } from './diagnostic.ts';
import { type Positions, positionsOf } from './positions.ts';
import { isVerbatim } from './verbatim.ts';

/** The places of one value of the document and of the key in front of it. */
export interface Place {
  readonly key: Span | undefined;
  readonly value: Span;
}

/** A YAML file as plain data, with the place of everything in it by path: `rlimits.nofile`, `listen.0`. */
export interface PolicyDocument {
  /** Undefined when the text is no YAML that a policy may use. */
  readonly value: unknown;
  readonly places: ReadonlyMap<string, Place>;
  /** Keys whose problems are all in the diagnostics here, with any value. */
  readonly settled: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** No policy comes near; more is a mistake or an attack on the parser. */
export const MAX_POLICY_BYTES: number = 256 * 1024;

const MAX_SYNTAX_ERRORS = 20;
/** The parser and this file recurse once for each level. */
const MAX_DEPTH = 32;

/** Reads the subset of YAML 1.2 that policies use: one document, no tags, no aliases, no directives, plain keys. */
export function readDocument(text: string, file: string): PolicyDocument {
  const positions = positionsOf(file, text);
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) {
    return refused(
      problem('policy-too-large', `the policy is larger than ${MAX_POLICY_BYTES / 1024} KiB`, undefined),
    );
  }
  const deep = tooDeep(text);
  if (deep !== undefined) {
    return refused(
      problem('yaml-depth', `nested more than ${MAX_DEPTH} levels deep`, positions.between(deep, deep + 1)),
    );
  }
  const document = parseDocument(text, {
    intAsBigInt: true,
    logLevel: 'error',
    prettyErrors: false,
    uniqueKeys: false,
  });
  const reader = new Reader(positions);
  reader.directives(document);
  for (const error of document.errors.slice(0, MAX_SYNTAX_ERRORS)) reader.syntax(error);
  const value = document.contents === null ? null : reader.node(document.contents, '', undefined);
  return {
    value: document.errors.length > 0 ? undefined : value,
    places: reader.places,
    settled: new Set(),
    diagnostics: reader.diagnostics,
  };
}

class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly places: Map<string, Place> = new Map();
  readonly #positions: Positions;

  constructor(positions: Positions) {
    this.#positions = positions;
  }

  directives(document: Document): void {
    if (document.directives?.yaml.explicit !== true) return;
    this.#report(
      'yaml-directive',
      'a policy has no %YAML directive',
      this.#positions.between(0, 1),
      'remove the line',
    );
  }

  syntax(error: YAMLError): void {
    const [start, end] = error.pos;
    const span = this.#positions.between(start, end);
    if (error.code === 'MULTIPLE_DOCS') {
      this.#report(
        'yaml-documents',
        'a policy is one YAML document, found a second',
        span,
        'write one file a service',
      );
      return;
    }
    this.#report('yaml-syntax', `not YAML: ${lowerFirst(error.message)}`, span, syntaxHelp(error));
  }

  /** The value of a node as plain data; bigint only beyond the safe integers. */
  node(node: unknown, path: string, key: Span | undefined): unknown {
    if (isAlias(node)) {
      const help = 'write the value out again';
      this.#report('yaml-alias', 'a policy has no aliases', this.#spanOf(node), help);
      return undefined;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return null;
    const span = this.#spanOf(node);
    this.places.set(path, { key, value: isScalar(node) ? span : (key ?? span) });
    if (node.tag !== undefined) {
      const help = 'remove the tag: every key of a policy has its type';
      this.#report('yaml-tag', `a policy has no tags, found ${node.tag}`, span, help);
    }
    if (isMap(node)) return this.#map(node.items, path);
    if (isSeq(node))
      return node.items.map((item, index) => this.node(item, join(path, `${index}`), undefined));
    if (isVerbatim(path) && node.source !== undefined && node.source !== '') return node.source;
    // No key takes the numbers `.nan` and `.inf`: such a value is a text.
    if (typeof node.value === 'number' && !Number.isFinite(node.value)) return node.source;
    if (typeof node.value !== 'bigint') return node.value;
    return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : node.value;
  }

  #map(items: readonly { key: unknown; value: unknown }[], path: string): unknown {
    const values: Record<string, unknown> = Object.create(null);
    for (const item of items) {
      const name = isScalar(item.key) ? (item.key.source ?? String(item.key.value)) : undefined;
      const span = this.#spanOf(item.key as Node);
      if (name === undefined || name === '__proto__') {
        this.#report('yaml-key', 'a key of a policy is a plain word', span, undefined);
      } else if (name in values) {
        this.#report('duplicate-key', `'${name}' is written twice`, span, 'keep one of the two');
      } else {
        values[name] = this.node(item.value, join(path, name), span);
        if (!this.places.has(join(path, name))) this.places.set(join(path, name), { key: span, value: span });
      }
    }
    return values;
  }

  #spanOf(node: Node): Span {
    const [start, end] = node.range ?? [0, 1];
    return isScalar(node) ? this.#positions.scalar(node, [start, end]) : this.#positions.between(start, end);
  }

  #report(code: string, message: string, span: Span, help: string | undefined): void {
    this.diagnostics.push({ ...problem(code, message, span), help });
  }
}

function syntaxHelp({ code, message }: YAMLError): string | undefined {
  if (code === 'BAD_SCALAR_START') {
    return 'YAML reserves this character: put the value in double quotes, like "@start"';
  }
  const flow = code === 'MISSING_CHAR' && message.includes('between flow');
  return flow ? 'between brackets, put a value that contains brackets or commas in double quotes' : undefined;
}

/** Returns the place where the text nests too deep for a recursive parser, from brackets and indentation alone. */
function tooDeep(text: string): number | undefined {
  let flow = 0;
  for (const match of text.matchAll(/[[{]|[\]}]|(?:[-?:][ \t]+){33}|^[ ]*/gm)) {
    const found = match[0];
    if (found === '[' || found === '{') flow += 1;
    else if (found === ']' || found === '}') flow = Math.max(0, flow - 1);
    else if (found.length > 8 * MAX_DEPTH || (found !== '' && found[0] !== ' ')) return match.index;
    if (flow > MAX_DEPTH) return match.index;
  }
  return undefined;
}

function refused(diagnostic: Diagnostic): PolicyDocument {
  return { value: undefined, places: new Map(), settled: new Set(), diagnostics: [diagnostic] };
}

function problem(code: string, message: string, span: Span | undefined): Diagnostic {
  return { code, severity: 'error', message, span, help: undefined };
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
