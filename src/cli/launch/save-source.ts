import { closeSync, openSync, writeFileSync } from 'node:fs';
import { readHostFacts } from '../../host/facts.ts';
import { errorCode } from '../../host/walk-path.ts';
import { ALL_CAPABILITIES } from '../../kernel/capabilities.ts';
import { hasErrors } from '../../policy/diagnostic.ts';
import { savePolicy } from '../../policy/save-policy.ts';
import { EXIT, ExitError } from '../exit.ts';
import type { PolicySource } from '../policy-source.ts';
import { reportDiagnostics, withoutNotes } from '../print/report.ts';
import { writeProblem } from '../print/write-problem.ts';
import { loadService } from './load-service.ts';

export interface SaveArguments {
  readonly sources: readonly PolicySource[];
  /** A file that is not there yet, or `-` for standard output. */
  readonly target: string;
  readonly unprivileged: boolean;
}

/**
 * Writes the command line as a policy file. It is checked as for a launch by root, for every caller; no service is
 * started.
 */
export function saveSource({ sources, target, unprivileged }: SaveArguments): void {
  const [source] = sources;
  if (source?.kind !== 'flags') {
    throw new ExitError(
      EXIT.launchFailed,
      "'--save' writes the policy that options make, but there are no options",
    );
  }
  const host = readHostFacts();
  const facts = { ...host, permitted: ALL_CAPABILITIES };
  const loaded = loadService(source, {
    facts,
    unprivileged: false,
    trusted: host.uid === 0,
    caller: process.env,
    requireListen: false,
  });
  reportDiagnostics(withoutNotes(loaded.diagnostics), loaded.texts, process.stderr);
  if (loaded.flags === undefined || hasErrors(loaded.diagnostics)) {
    throw new ExitError(EXIT.launchFailed, 'nothing was written');
  }
  const below = source.file === undefined ? '' : (loaded.texts.get(source.file) ?? '');
  const text = savePolicy(loaded.flags, below, `Written by: ${source.line.text}`);
  if (target === '-') {
    process.stdout.write(text);
    return;
  }
  writeNew(target, text);
  const how = unprivileged ? 'portcullis run --unprivileged' : 'portcullis run';
  process.stderr.write(`portcullis: wrote ${target}; use it with: ${how} ${target}\n`);
}

/** Never over a file that is there. */
function writeNew(target: string, text: string): void {
  try {
    const descriptor = openSync(target, 'wx', 0o644);
    try {
      writeFileSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const exists = errorCode(error) === 'EEXIST';
    const reason = exists ? 'it exists; name a new file' : writeProblem(error);
    throw new ExitError(EXIT.launchFailed, `cannot write '${target}': ${reason}`);
  }
}
