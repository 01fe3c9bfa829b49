import { errnoOf } from '../../../kernel/errno.ts';
import { hasErrors } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import type { Filter } from '../../filter.ts';
import type { Exporter } from '../imported.ts';
import { ociActionName } from '../oci/action.ts';
import { OCI_MACHINE } from '../oci/machine.ts';
import { profileOf } from '../oci/profile.ts';
import type { ProfileEntry, ProfileTest } from '../oci/profile-rules.ts';
import { Problems } from '../problems.ts';
import { disjointRegions } from '../regions.ts';

/** The answer of runtimes when no errno is written. */
const EPERM = errnoOf('EPERM');

/** The API server reads whole numbers as signed ones of 64 bits. */
const LARGEST = (1n << 63n) - 1n;

/**
 * Writes a SeccompProfile of the Kubernetes security-profiles-operator. Its errnoRet is a text, which the operator hands on as
 * such and runtimes refuse, so no number is written and every errno becomes EPERM.
 */
export const exportSpo: Exporter = (filter, { name }) => {
  const problems = new Problems();
  const plain = withoutErrnos(filter);
  const entries = profileOf(plain, problems);
  reportErrnos(filter, problems);
  const large = entries.filter(({ tests }) =>
    tests.some(({ value, valueTwo = 0n }) => value > LARGEST || valueTwo > LARGEST),
  );
  for (const call of new Set(large.flatMap(({ names }) => names))) {
    const message = `${call}: a number above 2^63-1 cannot stand in a Kubernetes object`;
    problems.error(
      'export-number',
      message,
      undefined,
      'export the profile as oci, and load it as Localhost',
    );
  }
  const { diagnostics } = problems;
  if (hasErrors(diagnostics)) return { content: undefined, diagnostics };
  const kept = entries.filter(({ action }) => !(isErrno(action) && isErrno(filter.default)));
  const lines = [
    'apiVersion: security-profiles-operator.x-k8s.io/v1beta1',
    'kind: SeccompProfile',
    'metadata:',
    `  name: ${objectName(name)}`,
    'spec:',
    `  defaultAction: ${ociActionName(filter.default)}`,
    '  architectures:',
    `    - ${OCI_MACHINE[filter.architecture].scmp}`,
    kept.length === 0 ? '  syscalls: []' : '  syscalls:',
    ...kept.flatMap(entryLines),
  ];
  return { content: `${lines.join('\n')}\n`, diagnostics };
};

function isErrno(action: Action): boolean {
  return action.kind === 'errno';
}

/** The filter with EPERM for every errno: rules that only differed in it are one, and those of the default are none. */
function withoutErrnos(filter: Filter): Filter {
  const plain = (action: Action): Action => (isErrno(action) ? { kind: 'errno', errno: EPERM } : action);
  const rules = filter.rules.map((rule) => ({ ...rule, action: plain(rule.action) }));
  return { ...filter, default: plain(filter.default), rules };
}

/** One report for all calls: the reason is the same. */
function reportErrnos(filter: Filter, problems: Problems): void {
  const answers: readonly (readonly [string, Action])[] = [
    ['the default', filter.default],
    ...disjointRegions(filter, new Problems()).map(({ call, action }) => [call, action] as const),
  ];
  const other = answers.filter(([, action]) => (numberOf(action) ?? EPERM) !== EPERM);
  if (other.length === 0) return;
  const names = [...new Set(other.map(([name]) => name))];
  const shown =
    names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
  const message = `${shown}: the errno becomes EPERM, because the operator writes it as a text, which runtimes refuse`;
  const help =
    'C libraries fall back from clone3 to clone at ENOSYS only: allow clone3 where threads are needed';
  problems.loss('export-errno', message, undefined, names.includes('clone3') ? help : undefined);
}

function numberOf(action: Action): number | undefined {
  if (action.kind === 'errno') return action.errno;
  return action.kind === 'trace' ? action.data : undefined;
}

/** A name that Kubernetes takes: lower case letters, digits and `-`, with letters or digits at both ends. */
function objectName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return plain === '' || /^[0-9]+$/.test(plain) ? `filter-${plain}`.replace(/-$/, '') : plain;
}

function entryLines({ names, action, tests }: ProfileEntry): readonly string[] {
  return [
    `    - action: ${ociActionName(action)}`,
    '      names:',
    ...names.map((name) => `        - ${name}`),
    ...(tests.length === 0 ? [] : ['      args:', ...tests.flatMap(testLines)]),
  ];
}

function testLines({ index, value, valueTwo, op }: ProfileTest): readonly string[] {
  return [
    `        - index: ${index}`,
    `          value: ${value}`,
    ...(valueTwo === undefined ? [] : [`          valueTwo: ${valueTwo}`]),
    `          op: ${op}`,
  ];
}
