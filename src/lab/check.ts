import { readDocument } from '../policy/document.ts';
import { isMapping } from '../policy/mapping.ts';
import type { Attack, Exercise } from './exercise.ts';
import { needlessRights } from './needless.ts';
import type { AttackResult, CheckResult, ClientResult, RunResult, Verdict } from './result.ts';
import { isRootHere, runJob } from './run-job.ts';
import { withoutLayer } from './without-layer.ts';

export interface CheckRequest {
  readonly exercise: Exercise;
  /** The text of the exercise's policy.yaml, which serves and stops nothing. */
  readonly given: string;
  readonly solution: string;
  /** The text of the student's policy, and the name of its file for messages. */
  readonly policy: string;
  readonly file: string;
  readonly seed: string;
  readonly onProgress: (text: string) => void;
}

const NOT_TRIED: Verdict<never> = { verdict: 'none', evidence: [] };

/** Judges a policy by trying it: three worlds, one each for the naive inetd, the policy, and the policy without its layer. */
export async function checkPolicy(request: CheckRequest): Promise<CheckResult> {
  const { exercise, policy, seed } = request;
  const start: CheckResult = {
    exercise: exercise.number,
    title: exercise.title,
    seed,
    passed: false,
    control: NOT_TRIED,
    stopped: NOT_TRIED,
    layer: NOT_TRIED,
    service: NOT_TRIED,
    needless: [],
    attacks: [],
    clients: [],
  };
  if (exercise.needs.includes('root') && !isRootHere())
    return { ...start, unable: 'several users are needed, which only root can make: run it with sudo' };
  const other = otherProgram(policy, exercise.service.run);
  if (other !== undefined) return { ...start, service: { verdict: 'no', evidence: [other] } };

  // Worlds that nobody needs any more end at once.
  const cancelled = new AbortController();
  try {
    return await judge(request, start, cancelled.signal);
  } finally {
    cancelled.abort();
  }
}

/** Runs the three worlds side by side: most of their time is waiting. */
async function judge(
  { exercise, given, solution, policy, file, seed, onProgress }: CheckRequest,
  start: CheckResult,
  cancelled: AbortSignal,
): Promise<CheckResult> {
  const common = { exercise, seed, attacks: 'all' } as const;
  const served = (text: string) => ({ kind: 'policy', text, unprivileged: !isRootHere() }) as const;
  const open = withoutLayer(policy, given, exercise.layer.keys);
  const others = Promise.all([
    runJob({ ...common, server: { kind: 'inetd' }, clients: false }, () => undefined, cancelled),
    runJob({ ...common, server: served(open), attacks: 'first', clients: false }, () => undefined, cancelled),
  ]);
  // Where the policy fails first, nobody waits for them.
  others.catch(() => undefined);

  const run = await runJob({ ...common, server: served(policy), clients: true }, onProgress, cancelled);
  if (run.failed !== undefined)
    return { ...start, problem: run.failed.replaceAll('/etc/lab-policy.yaml', file) };
  const needless = needlessRights(policy, solution);
  const service = serviceVerdict(run);
  if (run.attacks.length === 0) return { ...start, service, needless, clients: run.clients };

  onProgress('the naive inetd, and the policy without its layer');
  const [naive, withoutIt] = await others;
  const control = controlVerdict(naive, exercise.attacks);
  if (control.verdict !== 'yes')
    return { ...start, control, unable: control.evidence[0] ?? 'the attack does not work here' };
  const works = new Set(naive.attacks.filter(({ reached }) => reached).map(({ name }) => name));
  const counted = run.attacks.filter(({ name }) => works.has(name));
  const stopped = stoppedVerdict(counted);
  const layer = layerVerdict(exercise, counted[0], withoutIt);
  return {
    ...start,
    control,
    stopped,
    layer,
    service,
    needless,
    attacks: counted,
    clients: run.clients,
    passed: stopped.verdict === 'yes' && service.verdict === 'yes' && layer.verdict !== 'no',
  };
}

/** The fault of a policy that serves another program than the exercise's; a policy that cannot be read has none here. */
function otherProgram(policy: string, run: readonly string[]): string | undefined {
  const { value } = readDocument(policy, 'policy.yaml');
  if (!isMapping(value) || !Array.isArray(value['run'])) return undefined;
  const written = value['run'].map(String);
  if (written.length === run.length && written.every((word, index) => word === run[index])) return undefined;
  return `run is [${written.join(', ')}], and the service of the exercise is [${run.join(', ')}]`;
}

function controlVerdict(naive: RunResult, attacks: readonly Attack[]): CheckResult['control'] {
  if (naive.failed !== undefined) return { verdict: 'no', evidence: [`the naive inetd: ${naive.failed}`] };
  const [first] = naive.attacks;
  if (first === undefined || !first.reached)
    return {
      verdict: 'no',
      evidence: [
        `"${attacks[0]?.name}" does not work here even without a policy: ${first?.evidence.join(', ')}`,
      ],
    };
  const failing = naive.attacks.filter(({ reached }) => !reached);
  return {
    verdict: 'yes',
    evidence: [
      `${first.name}: ${first.evidence[0]}`,
      `${naive.attacks.length - failing.length} of ${naive.attacks.length} attacks work against the naive inetd`,
      ...failing.map(({ name, evidence }) => {
        const needs = attacks.find((attack) => attack.name === name)?.needs ?? [];
        const missing = needs.length > 0 ? `, it needs ${needs.join(' and ')}` : '';
        return `not counted, does not work here${missing}: ${name} (${evidence.join(', ')})`;
      }),
    ],
  };
}

/** Compares the first attack with the layer and without it. */
function layerVerdict(
  { layer }: Exercise,
  first: AttackResult | undefined,
  open: RunResult,
): CheckResult['layer'] {
  if (first === undefined || first.reached)
    return { verdict: 'no', evidence: ['the attack is not stopped, by this layer or another'] };
  const shown = `with it: ${first.evidence.join(', ')}`;
  if (open.failed !== undefined)
    return {
      verdict: 'otherwise',
      evidence: [shown, `without ${layer.name} it is not served: ${firstError(open.failed)}`],
    };
  return open.attacks.some(({ reached }) => reached)
    ? { verdict: 'yes', evidence: [shown, `without ${layer.name} it works again`] }
    : {
        verdict: 'otherwise',
        evidence: [shown, `without ${layer.name} it is still stopped, by another layer`],
      };
}

/** The line of a failed start that says why: warnings may stand before it. */
function firstError(text: string): string {
  const lines = text.split('\n');
  return lines.find((line) => / error: | failed: /.test(line)) ?? lines[0] ?? '';
}

function stoppedVerdict(counted: readonly AttackResult[]): CheckResult['stopped'] {
  const reached = counted.filter((attack) => attack.reached);
  if (reached.length === 0)
    return { verdict: 'yes', evidence: [`all of ${counted.length} attacks are stopped`] };
  return {
    verdict: 'no',
    evidence: reached.map(({ name, evidence }) => `${name}: ${evidence.join(', ')}`),
  };
}

function serviceVerdict({ clients, attacks }: RunResult): CheckResult['service'] {
  const unserved = clients.filter(({ served }) => !served);
  if (unserved.length > 0)
    return {
      verdict: 'no',
      evidence: unserved.map(({ name, moment, evidence }) => `${name}, ${moment} the attacks: ${evidence}`),
    };
  return { verdict: 'yes', evidence: [momentsOf(clients, attacks.length)] };
}

function momentsOf(clients: readonly ClientResult[], attacks: number): string {
  const count = (moment: ClientResult['moment']): number =>
    clients.filter((client) => client.moment === moment).length;
  return `${count('before')} clients before, ${count('during')} during ${attacks} attacks and ${count('after')} after them are answered rightly`;
}
