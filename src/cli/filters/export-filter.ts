import { basename } from 'node:path';
import { errnoOf } from '../../kernel/errno.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { hasErrors } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../../seccomp/convert/format-names.ts';
import { EXPORTERS } from '../../seccomp/convert/formats.ts';
import type { Filter } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { machine, writeResult } from './convert-result.ts';
import { readFilter } from './read-filter.ts';

export interface ExportArguments {
  readonly format: string;
  readonly file: string;
  readonly output: string | undefined;
  readonly architecture: string | undefined;
  readonly allowExec: boolean;
  readonly json: boolean;
  readonly strict: boolean;
}

/** Reads the filter of a policy and writes it in another form. */
export function exportFilter(given: ExportArguments): void {
  const { format, file, output, json, strict } = given;
  if (!isExportFormat(format))
    throw new ExitError(EXIT.usage, `'${format}' is no format that can be written`);
  const read = readFilter(file, machine(given.architecture), 'exported');
  if (read.diagnostics.some(({ code }) => code === 'file-unreadable')) {
    throw new ExitError(EXIT.usage, read.diagnostics.map(({ message }) => message).join('; '));
  }
  const { filter, diagnostics: exec } =
    read.filter === undefined
      ? { filter: undefined, diagnostics: [] }
      : withoutGate(read.filter, read.policy, given.allowExec);
  const name = read.policy?.service ?? basename(file).replace(/\.[^.]*$/, '');
  const exported =
    filter === undefined || hasErrors(read.diagnostics)
      ? { content: undefined, diagnostics: [] }
      : EXPORTERS[format](filter, { name });
  writeResult({
    content: exported.content,
    diagnostics: [...read.diagnostics, ...exec, ...exported.diagnostics],
    texts: read.texts,
    output,
    json,
    strict,
  });
}

function isExportFormat(name: string): name is ExportFormat {
  return Object.hasOwn(EXPORT_FORMATS, name);
}

/** What `exec` says without a gate that could keep it: under `once`, rules about execve do not count, and no exec is let through. */
function withoutGate(
  filter: Filter,
  policy: Policy | undefined,
  allowExec: boolean,
): { readonly filter: Filter; readonly diagnostics: readonly Diagnostic[] } {
  const exec = policy?.exec;
  const isExec = (call: string): boolean => call === 'execve' || call === 'execveat';
  const rules = exec === 'once' ? filter.rules.filter(({ call }) => !isExec(call)) : filter.rules;
  const allowed = {
    call: 'execve',
    condition: { kind: 'true' },
    action: { kind: 'allow' },
    source: undefined,
  } as const;
  if (allowExec) {
    return {
      filter: { ...filter, rules: [...rules.filter(({ call }) => call !== 'execve'), allowed] },
      diagnostics: [],
    };
  }
  if (policy?.exec === 'once') {
    const message =
      "'exec: once' is kept by the gate; this filter refuses every exec, the one that starts the program too";
    const help = 'let execve through with --allow-exec, or load the filter in the program itself';
    const lost: Diagnostic = {
      code: 'export-exec',
      severity: 'warning',
      message,
      span: policy.spans.get('exec'),
      help,
    };
    return { filter: { ...filter, rules: [...rules, ...refusals(filter)] }, diagnostics: [lost] };
  }
  const named = rules.some(({ call }) => call === 'execve');
  return {
    filter: exec === 'allow' && !named ? { ...filter, rules: [...rules, allowed] } : filter,
    diagnostics: [],
  };
}

/** Where the default would let an exec happen, it is refused by name. */
function refusals({ default: fallback }: Filter): Filter['rules'] {
  const harmless = ['kill_process', 'kill_thread', 'trap', 'errno'].includes(fallback.kind);
  if (harmless) return [];
  return ['execve', 'execveat'].map((call) => ({
    call,
    condition: { kind: 'true' },
    action: { kind: 'errno', errno: errnoOf('EPERM') },
    source: undefined,
  }));
}
