import { closeSync, openSync, readSync } from 'node:fs';
import { arch } from 'node:os';
import { errorCode, explain } from '../../host/walk-path.ts';
import type { Architecture } from '../../kernel/architecture.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { hasErrors } from '../../policy/diagnostic.ts';
import { visible } from '../../policy/visible-text.ts';
import { EXIT, ExitError } from '../exit.ts';
import { inFileOrder, reportDiagnostics } from '../print/report.ts';
import { writeOutput } from '../print/write-output.ts';

/** The result of a conversion, and its destination. */
export interface ConvertResult {
  /** Undefined when there are errors. */
  readonly content: string | Uint8Array | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The texts that places refer to, by the name of the file. */
  readonly texts: ReadonlyMap<string, string>;
  readonly output: string | undefined;
  readonly json: boolean;
  readonly strict: boolean;
}

/** Prints the losses, then writes the result, unless there are errors. With `strict` a loss is an error. */
export function writeResult({ content, diagnostics, texts, output, json, strict }: ConvertResult): void {
  const refused =
    hasErrors(diagnostics) || (strict && diagnostics.some(({ severity }) => severity === 'warning'));
  const written = refused ? undefined : content;
  if (json) {
    const report = { content: jsonContent(written), diagnostics: inFileOrder(diagnostics) };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else reportDiagnostics(diagnostics, texts, process.stderr);
  if (written === undefined) throw new ExitError(EXIT.findings, '');
  if (output !== undefined || !json) writeOutput(output, written);
}

/** Bytes have no text: they are printed in base64. */
function jsonContent(content: string | Uint8Array | undefined): string | null {
  if (content === undefined) return null;
  return typeof content === 'string' ? content : Buffer.from(content).toString('base64');
}

/** Reads a file, or standard input for `-`. */
export function readSourceFile(file: string): Uint8Array {
  try {
    const descriptor = file === '-' ? 0 : openSync(file, 'r');
    try {
      return readAll(descriptor, file);
    } finally {
      if (descriptor !== 0) closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof ExitError) throw error;
    const code = errorCode(error);
    const reason = code === 'EISDIR' ? 'it is a directory' : explain(code);
    throw new ExitError(EXIT.usage, `cannot read '${visible(file)}': ${reason}`);
  }
}

/** No filter, and no table of calls, comes near; devices never end. */
const MAX_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

function readAll(descriptor: number, file: string): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let total = 0; ; ) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const length = readSync(descriptor, chunk);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    total += length;
    if (total > MAX_BYTES)
      throw new ExitError(EXIT.usage, `'${file}' is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
  }
}

/** The machine that was asked for, or this one. */
export function machine(asked: string | undefined): Architecture {
  if (asked === 'x86_64' || asked === 'aarch64') return asked;
  return arch() === 'arm64' ? 'aarch64' : 'x86_64';
}
