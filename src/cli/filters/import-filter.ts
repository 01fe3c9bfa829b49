import { CAPABILITY_NAMES } from '../../kernel/capabilities.ts';
import { parseKernelRelease } from '../../kernel/kernel-release.ts';
import { nearest } from '../../policy/nearest.ts';
import { IMPORT_FORMATS, type ImportFormat } from '../../seccomp/convert/format-names.ts';
import { IMPORTERS } from '../../seccomp/convert/formats.ts';
import { seccompSection } from '../../seccomp/convert/import-seccomp.ts';
import { EXIT, ExitError } from '../exit.ts';
import { machine, readSourceFile, writeResult } from './convert-result.ts';
import { IncludedFiles } from './included-files.ts';

export interface ImportArguments {
  readonly format: string;
  readonly file: string;
  readonly output: string | undefined;
  readonly architecture: string | undefined;
  readonly capabilities: readonly string[];
  readonly kernel: string | undefined;
  readonly section: string | undefined;
  readonly json: boolean;
  readonly strict: boolean;
}

/** Reads a filter of another tool and writes a policy's section. */
export function importFilter(given: ImportArguments): void {
  const { format, output, json, strict } = given;
  if (!isImportFormat(format)) throw new ExitError(EXIT.usage, `'${format}' is no format that can be read`);
  const kernel = given.kernel === undefined ? undefined : parseKernelRelease(given.kernel);
  if (given.kernel !== undefined && kernel === undefined)
    throw new ExitError(EXIT.usage, `--kernel takes a version such as 6.12, found '${given.kernel}'`);
  const source = readSourceFile(given.file);
  const file = given.file === '-' ? 'standard input' : given.file;
  const architecture = machine(given.architecture);
  const capabilities = new Set(given.capabilities.map(fullName));
  const included = new IncludedFiles();
  const { filter, diagnostics } = IMPORTERS[format](source, {
    file,
    architecture,
    capabilities,
    kernel,
    section: given.section,
    include: (path, from) => included.read(path, from),
  });
  const lost = diagnostics.filter(({ severity }) => severity === 'warning').length;
  const heading = [
    `Imported from ${file} (${format}) for ${architecture}.`,
    ...(lost === 0
      ? []
      : [`${lost === 1 ? 'One thing was' : `${lost} things were`} lost: import it again to see what.`]),
  ];
  writeResult({
    content: filter === undefined ? undefined : seccompSection(filter, heading),
    diagnostics,
    texts: new Map([...included.texts, [file, Buffer.from(source).toString('utf8')]]),
    output,
    json,
    strict,
  });
}

function isImportFormat(name: string): name is ImportFormat {
  return Object.hasOwn(IMPORT_FORMATS, name);
}

/** `net_raw` and `CAP_NET_RAW` are the same. An unknown name would silently omit rules. */
function fullName(capability: string): string {
  const upper = capability.toUpperCase();
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (CAPABILITY_NAMES.some((known) => known === name)) return name;
  const close = nearest(name, CAPABILITY_NAMES);
  const help = close === undefined ? '' : `; did you mean '${close}'?`;
  throw new ExitError(EXIT.usage, `no capability is called '${capability}'${help}`);
}
