import { basename } from 'node:path';
import type { Policy } from '../policy/policy.ts';
import type { Report } from './report.ts';

/** A program that runs programs, and the groups without which it does not start. */
interface Runtime {
  readonly name: string;
  /** The file name of its executable. */
  readonly file: RegExp;
  readonly groups: readonly string[];
  /** The argument with which it compiles nothing, so that `@jit` is not needed. */
  readonly interprets?: string;
}

const RUNTIMES: readonly Runtime[] = [
  { name: 'Node.js', file: /^node(js)?$/, groups: ['@node', '@jit'], interprets: '--jitless' },
  { name: 'the Java virtual machine', file: /^java$/, groups: ['@threads', '@jit'] },
];

/** Proposes the groups of a runtime that the rules lack. They may have its calls in other words, so it is a note. */
export function checkRuntime(path: string, { run, seccomp }: Policy, report: Report): void {
  const runtime = RUNTIMES.find(({ file }) => file.test(basename(path)));
  if (runtime === undefined || /^(allow|log)$/.test(seccomp.default.text)) return;
  const named = new Set(seccomp.rules.map(({ text }) => text));
  const interprets = runtime.interprets !== undefined && run.includes(runtime.interprets);
  const groups = runtime.groups.filter((group) => !interprets || group !== '@jit');
  const lacking = groups.filter((group) => !named.has(group));
  if (lacking.length === 0) return;
  const message = `${path} is ${runtime.name}, and the rules do not name ${lacking.join(' and ')}`;
  const rules = ['@service', ...groups].map((group) => `"${group}"`).join(', ');
  const opening = lacking.includes('@jit')
    ? '; @jit opens writable code, which `accept` gives a reason for'
    : '';
  const help = `begin with rules: [${rules}]${opening}`;
  report('runtime-groups', 'seccomp', message, help, { severity: 'note' });
}
