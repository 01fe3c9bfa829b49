import type { Architecture } from '../../../kernel/architecture.ts';
import { CAPABILITY_NAMES } from '../../../kernel/capabilities.ts';
import { isSystemCall, SYSTEM_CALL_NAMES, syscallNumber } from '../../../kernel/system-calls.ts';
import { nearest } from '../../../policy/nearest.ts';
import { precedence } from '../../action-value.ts';
import { actionText } from '../../language/action-text.ts';
import type { Conjunction } from '../conjunction.ts';
import { finishedImport } from '../import-seccomp.ts';
import type { Importer, ImportOptions } from '../imported.ts';
import { type JsonObject, type JsonValue, readJson } from '../json.ts';
import { type ForeignRule, narrowRules } from '../narrow-rules.ts';
import { Problems } from '../problems.ts';
import { unsayable } from '../sayable.ts';
import { sourceText } from '../source-text.ts';
import { entryApplies } from './applies.ts';
import { OCI_MACHINE } from './machine.ts';
import { CALLS_OF_OTHER_MACHINES } from './other-machines.ts';
import { reportOverlaps } from './overlaps.ts';
import { type OciEntry, type OciProfile, readProfile } from './read-profile.ts';
import type { OciTest } from './test.ts';

/**
 * Reads a profile of Docker or Podman, or the configuration of an OCI container with one inside.
 *
 * Two tests of one argument in one entry have no one meaning: runc takes each test of the entry for a rule of its own, so that
 * one is enough; readers in the sense of the specification want all. Here all must hold where the entry allows, and one is
 * enough where it denies.
 */
export const importOci: Importer = (source, options) => {
  const problems = new Problems();
  const text = sourceText(source, problems);
  const read = text === undefined ? undefined : readJson(text, options.file);
  if (read?.problem !== undefined) problems.diagnostics.push(read.problem);
  const object = read?.value === undefined ? undefined : profileObject(read.value, problems);
  const profile = object && readProfile(object, problems);
  if (profile === undefined) return { filter: undefined, diagnostics: problems.diagnostics };
  reportSurroundings(profile, options.architecture, problems);
  const rules = profile.entries.flatMap((entry) => rulesOf(entry, profile, options, problems));
  reportOverlaps(rules, problems);
  const filter = {
    default: actionText(profile.default),
    rules: narrowRules(rules, profile.default, options.architecture),
  };
  return finishedImport(filter, profile.default, options.architecture, profile.defaultSpan, problems);
};

/** The profile itself, or `linux.seccomp` of a container's configuration. */
function profileObject(value: JsonValue, problems: Problems): JsonObject | undefined {
  if (value.kind !== 'object') {
    problems.error('oci-profile', 'a profile is a JSON object', value.span);
    return undefined;
  }
  const linux = value.members.get('linux')?.value;
  if (linux?.kind !== 'object') return value;
  const seccomp = linux.members.get('seccomp')?.value;
  if (seccomp?.kind === 'object') return seccomp;
  problems.error('oci-profile', "'linux' has no 'seccomp': the container runs without a filter", linux.span);
  return undefined;
}

/** Reports the members around the rules that have no place in a policy. */
function reportSurroundings(profile: OciProfile, architecture: Architecture, problems: Problems): void {
  const { scmp } = OCI_MACHINE[architecture];
  const [first] = profile.architectures;
  if (first !== undefined && !profile.architectures.some(({ value }) => value === scmp)) {
    const message = `the profile is not for ${architecture}: it names ${first.value.slice(0, 40)}`;
    const help =
      'runtimes apply it to their own machine all the same, and so does this import; --arch names another';
    problems.loss('oci-architecture', message, first.span, help);
  }
  const mapped = profile.subArchitectures.get(scmp);
  const inList = profile.subArchitectures.size === 0 ? profile.architectures : [];
  const siblings = [
    ...(mapped ?? []),
    ...inList.filter(({ value }) => SIBLINGS[architecture].includes(value)),
  ];
  for (const { value, span } of siblings) {
    const message = `programs of ${value} are not let in: their calls kill the process`;
    problems.loss('oci-architecture', message, span, 'a policy is for one machine and its own calls');
  }
  for (const { value, span } of profile.flags) {
    const what = FLAGS.get(value);
    if (what === undefined)
      problems.error(
        'oci-flag',
        `no flag is called '${value.slice(0, 60)}'`,
        span,
        `flags are ${[...FLAGS.keys()].join(', ')}`,
      );
    else if (what !== '') problems.loss('oci-flag', `${value} is left out: ${what}`, span);
  }
  if (profile.listener !== undefined) {
    const message =
      'the agent behind this socket is not connected: calls with SCMP_ACT_NOTIFY answer ENOSYS without one';
    problems.loss('oci-listener', message, profile.listener);
  }
}

/** The machines whose programs also run on ours. */
const SIBLINGS: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  aarch64: ['SCMP_ARCH_ARM'],
};

/** The loss without each flag; empty when the flag changes nothing here. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['SECCOMP_FILTER_FLAG_TSYNC', ''],
  ['SECCOMP_FILTER_FLAG_LOG', 'denied calls are not written to the audit log'],
  ['SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'speculation stays mitigated, as the host has it'],
  ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', 'a signal may interrupt a call that an agent decides'],
]);

function rulesOf(
  entry: OciEntry,
  profile: OciProfile,
  options: ImportOptions,
  problems: Problems,
): readonly ForeignRule[] {
  reportCapabilities(entry, problems);
  const applies = entryApplies(entry, options, problems);
  if (applies === 'no') return [];
  const permissive = precedence(entry.action) > precedence(profile.default);
  if (applies === 'unknown') {
    const span = (entry.includes.minKernel ?? entry.excludes.minKernel)?.span ?? entry.span;
    const taken = permissive ? 'left out, because it allows' : 'taken, because it denies';
    problems.loss(
      'oci-kernel',
      `whether this entry counts depends on the kernel: ${taken}`,
      span,
      'name the kernel with --kernel',
    );
  }
  const { whole, doubtful } = alternativesOf(entry, permissive, problems);
  return entry.names.flatMap(({ value: call, span }) => {
    if (syscallNumber(call, options.architecture) === undefined) {
      reportMissing(call, span, problems);
      return [];
    }
    return [...whole, ...doubtful].map((tests, index): ForeignRule => {
      const said = tests.filter((test) => {
        const why = unsayable(test.compare, call, options.architecture);
        if (why !== undefined) {
          const taken = permissive
            ? 'the rule is left out'
            : 'it counts as met, so that the rule denies more';
          problems.loss('oci-test', `this test cannot be said: ${why}; ${taken}`, test.span);
        }
        return why === undefined;
      });
      return {
        call,
        action: entry.action,
        tests: said.map(({ compare }) => compare),
        exact:
          applies === 'yes' &&
          index < whole.length &&
          said.length === tests.length &&
          !tests.some(({ beyondMask }) => beyondMask),
        comment: entry.comment,
        span,
      };
    });
  });
}

/** The tests of an entry, each list of which must hold whole. */
interface Alternatives {
  readonly whole: readonly (readonly OciTest[])[];
  /** Tests that match as well in another reading than ours. */
  readonly doubtful: readonly (readonly OciTest[])[];
}

/** The readings of an entry that has two tests of one argument; else there is one. */
function alternativesOf({ tests }: OciEntry, permissive: boolean, problems: Problems): Alternatives {
  for (const { span } of tests.filter(({ beyondMask }) => beyondMask)) {
    const taken = permissive ? 'the rule is left out' : 'only the bits of the mask count';
    problems.loss(
      'oci-mask',
      `'valueTwo' has bits outside the mask in 'value'; ${taken}`,
      span,
      'in MASKED_EQ, value is the mask and valueTwo what is left of the argument under it',
    );
  }
  const seen = new Set<Conjunction[number]['argument']>();
  const second = tests.find(({ compare }) => seen.size === seen.add(compare.argument).size);
  if (second === undefined) return { whole: [tests], doubtful: [] };
  const taken = permissive
    ? 'all must hold here, because the entry allows'
    : 'any one is enough here, because the entry denies';
  problems.loss(
    'oci-two-tests',
    `a second test of argument ${second.compare.argument}: runc then takes each test for a rule of its own, others want all to hold; ${taken}`,
    second.span,
    'write one entry for each alternative, with one test of each argument',
  );
  const single = tests.map((test) => [test]);
  return permissive ? { whole: [tests], doubtful: single } : { whole: single, doubtful: [] };
}

function reportCapabilities({ includes, excludes }: OciEntry, problems: Problems): void {
  for (const { value, span } of [...includes.capabilities, ...excludes.capabilities]) {
    if (CAPABILITY_NAMES.some((name) => name === value)) continue;
    const close = nearest(value, CAPABILITY_NAMES);
    const help = close === undefined ? undefined : `did you mean '${close}'?`;
    problems.error('oci-capability', `no capability is called '${value.slice(0, 60)}'`, span, help);
  }
}

/** A call of another machine is no loss: it does not exist here. */
function reportMissing(call: string, span: OciEntry['span'], problems: Problems): void {
  if (isSystemCall(call) || CALLS_OF_OTHER_MACHINES.has(call)) return;
  const close = nearest(call, SYSTEM_CALL_NAMES);
  const help =
    close === undefined
      ? 'a call that is not known answers ENOSYS'
      : `did you mean '${close}'? A call that is not known answers ENOSYS`;
  problems.loss('oci-unknown-call', `no call is known as '${call.slice(0, 60)}'`, span, help);
}
