import { findProgram } from '../host/find-program.ts';
import { readPolicyFile } from '../host/trust.ts';
import { COMMAND_LINE, COMMAND_SEPARATOR, type CommandLine } from '../policy/command-line.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { type PolicyDocument, readDocument } from '../policy/document.ts';
import { flagDocument } from '../policy/flags/flag-document.ts';
import { isMapping } from '../policy/mapping.ts';
import { overlay } from '../policy/overlay.ts';
import { serviceNameOf } from '../policy/service-name.ts';
import { type Outcome, reached, stopped } from './launch/outcome.ts';
import type { PolicySource } from './policy-source.ts';

/** A policy as it is written, and not yet parsed. */
export interface ReadSource {
  /** The name for problems without a place: the file, or the command line. */
  readonly file: string;
  /** The texts that spans refer to, by the name of the file. */
  readonly texts: ReadonlyMap<string, string>;
  /** The command line as a document, with the keys that it implies; undefined without flags. */
  readonly flags: PolicyDocument | undefined;
  /** The file, the flags, or the flags over the file. */
  readonly document: Outcome<PolicyDocument>;
}

export interface ReadSourceOptions {
  /** Refuse files that others could have written. */
  readonly trusted: boolean;
  readonly caller: Readonly<Record<string, string | undefined>>;
}

/** Reads a file, flags, or flags over a file. A policy on the command line is the caller's own: only files are distrusted. */
export function readSource(source: PolicySource, { trusted, caller }: ReadSourceOptions): ReadSource {
  if (source.kind === 'file') return readFile(source.file, trusted);
  const below = source.file === undefined ? undefined : readFile(source.file, trusted);
  return withFlags(source.line, below, caller['PATH'] ?? '');
}

function readFile(file: string, trusted: boolean): ReadSource {
  const { text, diagnostics } = readPolicyFile(file, { asRoot: trusted });
  if (text === undefined) return { file, texts: new Map(), flags: undefined, document: stopped(diagnostics) };
  const document = reached(readDocument(text, file), diagnostics);
  return { file, texts: new Map([[file, text]]), flags: undefined, document };
}

/** The flags over a file that is read, or by themselves. */
function withFlags(line: CommandLine, below: ReadSource | undefined, searchPath: string): ReadSource {
  const texts = new Map([[COMMAND_LINE, line.text], ...(below?.texts ?? [])]);
  if (below === undefined) {
    const flags = completed(line, undefined, searchPath);
    return { file: COMMAND_LINE, texts, flags, document: reached(flags) };
  }
  if (below.document.kind === 'stopped') return { ...below, texts };
  const { value, diagnostics } = below.document;
  const flags = completed(line, value, searchPath);
  return { ...below, texts, flags, document: reached(overlay(value, flags), diagnostics) };
}

/** Returns the flags with the keys that they imply: the version, a name for the service, the path of the program. */
function completed(line: CommandLine, below: PolicyDocument | undefined, searchPath: string): PolicyDocument {
  const flags = flagDocument(line, 1);
  if (!isMapping(flags.value)) return flags;
  const lower = isMapping(below?.value) ? below.value : {};
  const implied: Record<string, unknown> = below === undefined ? { portcullis: 1 } : {};
  const run: unknown = flags.value['run'];
  const [program, ...args]: readonly unknown[] = Array.isArray(run) ? run : [];
  if (typeof program !== 'string') return { ...flags, value: { ...implied, ...flags.value } };
  const name = serviceNameOf(program);
  if (name !== undefined && !('service' in lower)) implied['service'] = name;
  const value = { ...implied, ...flags.value };
  // Inside a root the paths are those of the root, which the caller's PATH does not know.
  if ('root' in flags.value || 'root' in lower) return { ...flags, value };
  const found = findProgram(program, searchPath);
  if (found !== undefined) return { ...flags, value: { ...value, run: [found, ...args] } };
  const missing: Diagnostic = {
    code: 'executable-missing',
    severity: 'error',
    message: `no directory of PATH has a program '${program}'`,
    span: line.spanOf(line.words.indexOf(COMMAND_SEPARATOR) + 1),
    help: 'install it, or write its absolute path',
  };
  return { ...flags, value, settled: new Set(['run']), diagnostics: [...flags.diagnostics, missing] };
}
