import { findProgram } from '../host/find-program.ts';
import { readPolicyFile } from '../host/trust.ts';
import { COMMAND_LINE, COMMAND_SEPARATOR } from '../policy/command-line.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { type PolicyDocument, readDocument } from '../policy/document.ts';
import { flagDocument } from '../policy/flags/flag-document.ts';
import { isMapping } from '../policy/mapping.ts';
import { overlay } from '../policy/overlay.ts';
import { type ParsedPolicy, parseDocument } from '../policy/parse-policy.ts';
import { serviceNameOf } from '../policy/service-name.ts';
import type { PolicySource } from './policy-source.ts';

/** A policy that is read and not yet looked up on the host. */
export interface ReadSource {
  /** Where problems without a place are: the file, or the command line. */
  readonly file: string;
  /** What spans lead into, by the name of the file. */
  readonly texts: ReadonlyMap<string, string>;
  /** Undefined when the file cannot be read. */
  readonly parsed: ParsedPolicy | undefined;
  /** What the command line says, with what it implies; undefined without flags. */
  readonly flags: PolicyDocument | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadSourceOptions {
  /** Refuse files that others could have written. */
  readonly trusted: boolean;
  readonly caller: Readonly<Record<string, string | undefined>>;
  /** Whether a policy without `listen` is refused; true if left out. */
  readonly requireListen?: boolean;
}

/** Reads a file, flags, or flags over a file. A policy on the command line is the caller's own: only files are distrusted. */
export function readSource(source: PolicySource, options: ReadSourceOptions): ReadSource {
  const { trusted, caller, requireListen = true } = options;
  const read = source.file === undefined ? undefined : readPolicyFile(source.file, { asRoot: trusted });
  const file = source.file ?? COMMAND_LINE;
  const texts = new Map(source.kind === 'flags' ? [[COMMAND_LINE, source.line.text]] : []);
  if (read?.text !== undefined) texts.set(file, read.text);
  if (read !== undefined && read.text === undefined) {
    return { file, texts, parsed: undefined, flags: undefined, diagnostics: read.diagnostics };
  }
  const below = read?.text === undefined ? undefined : readDocument(read.text, file);
  const flags = source.kind === 'flags' ? completed(source, below, caller['PATH'] ?? '') : undefined;
  const document = below === undefined ? flags : flags === undefined ? below : overlay(below, flags);
  const parsed = document && parseDocument(document, file, { requireListen });
  return { file, texts, parsed, flags, diagnostics: read?.diagnostics ?? [] };
}

/** The flags with what they imply: the version, a name for the service, the path of the program. */
function completed(
  { line }: Extract<PolicySource, { kind: 'flags' }>,
  below: PolicyDocument | undefined,
  searchPath: string,
): PolicyDocument {
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
  // Inside a root the paths are those of the root: what the caller's PATH finds says nothing about it.
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
