import { capabilityNames } from '../kernel/capabilities.ts';
import { COMMAND_LINE } from '../policy/command-line.ts';
import type { Span } from '../policy/diagnostic.ts';
import type { Penalties } from '../policy/schema/penalties.ts';
import { visible } from '../policy/visible-text.ts';
import type { Data } from './data.ts';
import type { Plan } from './plan.ts';
import type {
  CallStep,
  ConnectionRate,
  Expectation,
  Operand,
  PeerUser,
  Phase,
  Role,
  ServeStep,
  SplitStep,
  Step,
  Variable,
} from './step.ts';
import { writePlaces } from './steps/write-places.ts';

const TITLES: Readonly<Record<Phase, string>> = {
  prepare: "prepare: once, with the caller's privilege",
  confine: 'confine: once, in the processes that stay',
  session: 'session: each connection, in its own process',
};

/** Repetitions of one call, such as 64 drops of the bounding set, are one line from this many on. */
const FOLD_FROM = 4;

/**
 * A plan for people: three phases, each step with its arguments, the reason, and the line of the policy; with `files`
 * its file as well.
 */
export function printPlan(plan: Plan, options: { readonly files?: boolean } = {}): string {
  const lines = [
    `${plan.service}: ${plan.steps.length} steps, compiled from ${visible(plan.file)} for ${plan.architecture}`,
    ...[...plan.accepted].map(([name, reason]) => `accepts ${name}: ${visible(reason)}`),
  ];
  for (const phase of ['prepare', 'confine', 'session'] as const) {
    const steps = plan.steps
      .map((step, index) => ({ step, index }))
      .filter(({ step }) => step.phase === phase);
    if (steps.length === 0) continue;
    lines.push('', TITLES[phase]);
    for (const group of folded(steps)) lines.push(printGroup(group, options.files ?? false));
  }
  return `${lines.join('\n')}\n`;
}

interface Numbered {
  readonly step: Step;
  readonly index: number;
}

function sameKind(a: Step, b: Step): boolean {
  return (
    a.verb === 'call' &&
    b.verb === 'call' &&
    a.call === b.call &&
    a.why === b.why &&
    a.roles.join() === b.roles.join()
  );
}

function folded(steps: readonly Numbered[]): readonly (readonly Numbered[])[] {
  const groups: Numbered[][] = [];
  for (const numbered of steps) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && sameKind(last[0].step, numbered.step)) last.push(numbered);
    else groups.push([numbered]);
  }
  return groups.flatMap((group) => (group.length < FOLD_FROM ? group.map((one) => [one]) : [group]));
}

function printGroup(group: readonly Numbered[], files: boolean): string {
  const [first] = group;
  const last = group.at(-1);
  if (first === undefined || last === undefined) return '';
  const { step } = first;
  const number = String(first.index).padStart(4);
  const text =
    group.length === 1
      ? stepText(step)
      : `${stepText(step)} … ${stepText(last.step)} (${group.length} steps)`;
  const where = step.source === undefined ? '' : ` [${placeText(step.source, files)}]`;
  return `${number}  ${text}\n        ${visible(`${rolesText(step.roles)}${step.why}${where}`)}`;
}

function placeText({ file, line }: Span, files: boolean): string {
  if (file === COMMAND_LINE) return file;
  return files ? `${file}:${line}` : `line ${line}`;
}

function rolesText(roles: readonly Role[]): string {
  return roles.length === 1 && (roles[0] === 'outer' || roles[0] === 'inner') ? `(${roles[0]} gate) ` : '';
}

/** One step in one line: `bind(listener.0, tcp://[::]:7, 28) = 0`. */
export function stepText(step: Step): string {
  return visible(textOf(step));
}

function outerText({ outer, audits }: SplitStep): string {
  const tasks = [...(outer === 'wait' ? [] : [outer]), ...(audits ? ['answer for numbers of the host'] : [])];
  return tasks.length === 0 ? '' : `, the outer gate to ${tasks.join(' and to ')}`;
}

function textOf(step: Step): string {
  switch (step.verb) {
    case 'call':
      return callText(step);
    case 'split':
      return `split${outerText(step)}`;
    case 'env':
      return `env ${step.variables.map(variableText).join(' ')}`;
    case 'serve':
      return `serve ${serveText(step)}`;
    case 'enter':
      return `enter ${step.address}`;
    case 'queue':
      return `queue ${step.descriptor} holds no descriptor and sends to no name`;
    case 'mark':
      return "mark, a session of the kernel's audit where it allows one";
    case 'inherit':
      return `inherit ${step.sockets.map(({ name, descriptor }) => `${name} as ${descriptor}`).join(', ')}`;
    case 'exec':
      return `exec ${step.path.text} argv ${JSON.stringify(step.argv)}`;
  }
}

function callText(step: CallStep): string {
  const args = step.operands.map((operand) => operand.text).join(', ');
  const stored = step.store === undefined ? '' : ` -> ${step.store}`;
  const tolerated = step.tolerate.map(({ name }) => ` or -${name}`).join('');
  const checked = step.checks.length === 0 ? '' : ` and finds ${foundText(step)}`;
  return `${step.call}(${args}) ${expectationText(step.expect)}${tolerated}${stored}${checked}`;
}

/** An address has several words, and the text of its operand says it better. */
function foundText({ call, checks }: CallStep): string {
  return call === 'getsockname' ? 'that address' : checks.map(({ equals }) => equals).join(' ');
}

function expectationText(expect: Expectation): string {
  switch (expect.kind) {
    case 'equal':
      return `= ${expect.value}`;
    case 'not-negative':
      return '>= 0';
    case 'errno':
      return `= -${expect.name}`;
  }
}

function variableText(variable: Variable): string {
  const { value } = variable;
  return `${variable.name}=${value.kind === 'literal' ? JSON.stringify(value.text) : `{${value.template}}`}`;
}

function serveText(step: ServeStep): string {
  switch (step.handoff) {
    case 'inherited':
      return 'one session with the descriptors of the caller';
    case 'connection':
    case 'listener':
    case 'peer':
      return listenersText(step);
  }
}

function listenersText(step: ServeStep): string {
  const time = step.timeMs === undefined ? 'no time limit' : `at most ${step.timeMs} ms each`;
  const gone = step.clientGoneMs === undefined ? '' : `, ${step.clientGoneMs} ms without the client`;
  const silent = step.firstByteMs === undefined ? '' : `, ${step.firstByteMs} ms to the first byte`;
  const idle = step.idleMs === undefined ? '' : `, ${step.idleMs} ms without data`;
  const source = step.loopbackExempt
    ? `${step.perSource} a source but loopback`
    : `${step.perSource} a source`;
  return `${step.listeners.join(' ')}: handoff ${step.handoff}, ${step.sessions} sessions, ${source}${accessText(step)}${peersText(step)}${admissionText(step)}${datagramText(step)}, ${time}${gone}${silent}${idle}, ${step.endSignal}, grace ${step.graceMs} ms, drain ${step.drainMs} ms`;
}

function datagramText({ datagrams }: ServeStep): string {
  if (datagrams === undefined) return '';
  const { rate, amplification, refusedPorts } = datagrams;
  const ports = refusedPorts.join(' ');
  return `, of a peer ${rateText(rate)}, amplification ${amplification}, none from ports below 1024 and ${ports}`;
}

function rateText({ intervalNs, burst }: ConnectionRate): string {
  return `one in ${intervalNs / 1e6} ms, ${burst} at once`;
}

function admissionText({ sourceRate, totalRate, penalties }: ServeStep): string {
  return [
    ...(sourceRate === undefined ? [] : [`of a source ${rateText(sourceRate)}`]),
    ...(totalRate === undefined ? [] : [`of all ${rateText(totalRate)}`]),
    ...(penalties === undefined ? [] : [`penalties ${penaltiesText(penalties)}`]),
  ]
    .map((text) => `, ${text}`)
    .join('');
}

function penaltiesText({ causes, leastMs, mostMs }: Penalties): string {
  const texts = causes.map((penalty) => {
    const status = penalty.cause === 'status' ? `-${penalty.status}` : '';
    return `${penalty.cause}${status} ${penalty.ms} ms`;
  });
  return `${texts.join(' ')} from ${leastMs} to ${mostMs} ms`;
}

/** The list of the gate: eight digits for each turn of IPv4, thirty-two of IPv6. */
function peersText({ peerUsers }: ServeStep): string {
  if (peerUsers === undefined) return '';
  const named = (word: string, entries: readonly PeerUser[]): string[] =>
    entries.map(({ id, isAllowed }) => `${isAllowed ? '' : 'not '}${word}:${id}`);
  const list = [...named('uid', peerUsers.users), ...named('gid', peerUsers.groups)];
  return `, of UNIX sockets ${list.length === 0 ? 'nobody' : list.join(' ')}`;
}

function accessText({ access }: ServeStep): string {
  if (access === undefined) return '';
  const turns = access.inet.length / 8 + access.inet6.length / 32;
  return `, the access list of ${Math.ceil(turns / 2)} ranges`;
}

/**
 * Everything that a launch does, as data: bytes as hex, 64-bit numbers as decimal strings, capabilities by name. What the
 * checker holds the steps to is the policy's, and is left out.
 */
export function planToJson(plan: Plan): object {
  return {
    service: plan.service,
    file: plan.file,
    architecture: plan.architecture,
    shape: plan.shape,
    kernel: plan.kernel ?? null,
    launcher: { ...plan.launcher, permitted: capabilityNames(plan.launcher.permitted) },
    grants: { ...plan.grants, capabilities: capabilityNames(plan.grants.capabilities) },
    writes: writePlaces(plan.contract.policy, plan.contract.linkTargets).map(({ path, runs }) => ({
      path,
      runs,
    })),
    accepted: Object.fromEntries(plan.accepted),
    descriptors: plan.descriptors,
    steps: plan.steps.map((step, index) => ({
      step: index,
      phase: step.phase,
      roles: step.roles,
      ...stepToJson(step),
      text: stepText(step),
      why: step.why,
      source: step.source ?? null,
    })),
  };
}

function stepToJson(step: Step): object {
  const { phase: _phase, roles: _roles, why: _why, source: _source, ...rest } = step;
  switch (rest.verb) {
    case 'split':
    case 'env':
    case 'enter':
    case 'queue':
    case 'mark':
    case 'inherit':
    case 'serve':
      return rest;
    case 'exec':
      return { ...rest, path: rest.path.text, argument: operandToJson(rest.path) };
    case 'call':
      return callToJson(rest);
  }
}

function callToJson(step: Omit<CallStep, 'phase' | 'roles' | 'why' | 'source'>): object {
  return {
    verb: step.verb,
    call: step.call,
    number: step.number,
    arguments: step.operands.map(operandToJson),
    expect: step.expect.kind === 'equal' ? { kind: 'equal', value: String(step.expect.value) } : step.expect,
    tolerate: step.tolerate.map(({ name }) => name),
    store: step.store ?? null,
    checks: step.checks.map(({ data, offset, width, mask, equals }) => ({
      argument: step.operands.findIndex((operand) => operand.kind === 'data' && operand.data === data),
      offset,
      width,
      mask: String(mask),
      equals: String(equals),
    })),
  };
}

function operandToJson(operand: Operand): object {
  switch (operand.kind) {
    case 'value':
      return { value: String(operand.value), text: operand.text };
    case 'slot':
      return { slot: operand.slot };
    case 'data':
      return { ...dataToJson(operand.data), text: operand.text };
  }
}

/** Prints the patches, fields that are known only at launch: the value of a slot, or the address of other data. */
function dataToJson(data: Data): object {
  const bytes = Buffer.from(data.bytes).toString('hex');
  if (data.patches.length === 0) return { bytes };
  const patches = data.patches.map(({ offset, width, source }) => ({
    offset,
    width,
    ...(source.kind === 'slot' ? { slot: source.slot } : { data: dataToJson(source.data) }),
  }));
  return { bytes, patches };
}
