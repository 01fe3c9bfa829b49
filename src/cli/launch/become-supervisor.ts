import { readFileSync } from 'node:fs';
import { GATE_DESCRIPTORS } from '../../gate-protocol/descriptors.ts';
import type { RunningGate } from '../../gate-protocol/start-gate.ts';
import { duplicateAbove, duplicateTo, execve, setCloseOnExec } from '../../host/libc.ts';
import type { HostFacts, Identity } from '../../plan/facts.ts';
import { encodePlan } from '../../plan/image/encode.ts';
import type { Plan } from '../../plan/plan.ts';
import { compileSupervisorPlan } from '../../plan/supervisor-plan.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import { answerFacts } from '../../seccomp/answers/answer-facts.ts';
import type { Assignment, StepName, SupervisedService } from '../../supervisor/assignment.ts';
import { SUPERVISOR_POLICY } from '../../supervisor/policy.ts';
import { assertInvariants } from './assert-invariants.ts';
import { memoryFile } from './memory-file.ts';
import { explainerScriptPath, gatePath, supervisorScriptPath } from './program-files.ts';
import { serviceRules } from './service-rules.ts';
import { stepName } from './step-name.ts';
import { nodeDescriptor } from './supervisor-node.ts';

/** Above everything that Node holds: the pipes are moved here before the launcher replaces itself. */
const FIRST_PIPE = 200;

export interface Supervised {
  readonly policy: Policy;
  readonly plan: Plan;
  readonly gate: RunningGate;
  /** Lines for standard error when the service is ready. */
  readonly announcement: readonly string[];
}

export interface SupervisorOutput {
  readonly format: 'json' | 'text';
  readonly color: boolean;
  /** Sessions are recorded, and their answers explained. */
  readonly explains: boolean;
}

/** Returns the limit of descriptors that a supervisor needs for the pipes to its gates, for Node and for the explainer. */
export function descriptorsOfSupervisor(services: number): number {
  return FIRST_PIPE + 3 * services + 3;
}

/**
 * Replaces this process, which may be root and has run JavaScript, with a confined supervisor: the gate executes a
 * plan of its own and then Node again, with the supervisor's program on standard input. Returns only by throwing.
 */
export function becomeSupervisor(
  services: readonly Supervised[],
  facts: HostFacts,
  identity: Identity | undefined,
  { explains, ...output }: SupervisorOutput,
): never {
  let next = FIRST_PIPE;
  const keep = (descriptor: number): number => {
    const kept = duplicateAbove(descriptor, next);
    next = kept + 1;
    return kept;
  };
  const supervised = services.map(
    ({ policy, plan, gate, announcement }): SupervisedService => ({
      service: policy.service,
      file: policy.file,
      listen: policy.listen.map((address) => address.text),
      announcement,
      events: keep(gate.events),
      log: keep(gate.log),
      control: keep(gate.control),
      steps: stepNames(plan),
      rules: serviceRules(policy, facts.architecture),
      ...(explains ? { facts: answerFacts(policy) } : {}),
    }),
  );
  const opened = identity && nodeDescriptor();
  const node = opened && keep(opened);
  const explainer = keep(memoryFile('portcullis-explainer', readFileSync(explainerScriptPath())));
  const image = encodePlan(supervisorPlan(facts, identity, node, { first: FIRST_PIPE, last: next - 1 }));
  const program = supervisorProgram({ services: supervised, explainer, ...output });
  duplicateTo(2, GATE_DESCRIPTORS.events);
  duplicateTo(memoryFile('portcullis-image', image), GATE_DESCRIPTORS.image);
  duplicateTo(memoryFile('portcullis-supervisor', Buffer.from(program)), 0);
  for (const descriptor of [1, 2]) setCloseOnExec(descriptor, false);
  execve(gatePath(facts.architecture), ['portcullis: supervisor'], []);
}

/** Returns the plan by which the launcher becomes the supervisor. */
function supervisorPlan(
  facts: HostFacts,
  identity: Identity | undefined,
  program: number | undefined,
  pipes: { readonly first: number; readonly last: number },
): Plan {
  const { policy } = parsePolicy(SUPERVISOR_POLICY, 'the supervisor', { requireListen: false });
  const run = [process.execPath, ...nodeOptions(), '-'] as const;
  // Without places: its limits are defaults, which are lowered to the caller's.
  const bending = policy && { ...policy, run, spans: new Map<string, never>() };
  const compiled = bending && compileSupervisorPlan({ policy: bending, facts, identity, pipes, program });
  if (compiled?.plan === undefined) {
    const reason =
      compiled?.diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'it is no policy';
    throw new Error(`the supervisor's own policy does not compile: ${reason}`);
  }
  assertInvariants(compiled.plan);
  return compiled.plan;
}

/** No memory that is writable and executable; Node 22 and older then want to hear that WebAssembly is off as well. */
function nodeOptions(): readonly string[] {
  const major = Number(process.versions.node.split('.')[0]);
  return major < 24 ? ['--jitless', '--no-expose-wasm'] : ['--jitless'];
}

function supervisorProgram(assignment: Assignment): string {
  const program = readFileSync(supervisorScriptPath(), 'utf8');
  return `globalThis.portcullisAssignment = ${JSON.stringify(assignment)};\n${program}`;
}

function stepNames(plan: Plan): Readonly<Record<string, StepName>> {
  const names = plan.steps.map((step, index): [string, StepName] => [String(index), stepName(step)]);
  return Object.fromEntries(names.filter((_, index) => plan.steps[index]?.phase === 'session'));
}
