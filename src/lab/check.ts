import { readDocument } from '../policy/document.ts';
import { isMapping } from '../policy/mapping.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { Exercise } from './exercise.ts';
import { needlessRights } from './needless.ts';
import type { CheckResult, RunResult, Verdict } from './result.ts';
import { isRootHere, runJob } from './run-job.ts';
import { controlVerdict, layerVerdict, serviceVerdict } from './verdicts.ts';
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
  const common = { exercise, seed, endsWhenReached: false, clients: false } as const;
  const naiveInetd = { ...common, server: { kind: 'inetd' } } as const;
  const served = (text: string) => ({ kind: 'policy', text, unprivileged: !isRootHere() }) as const;
  const first = exercise.attacks.slice(0, 1).map(({ name }) => name);
  const mine = {
    ...common,
    server: served(policy),
    attacks: 'all',
    endsWhenReached: true,
    clients: true,
  } as const;
  if (parsePolicy(policy, file).policy === undefined) {
    // The launcher refuses it, in the words of `check`.
    const refused = await runJob(mine, onProgress, cancelled);
    return { ...start, problem: problemOf(refused.failed ?? 'it was served all the same', file) };
  }

  const open = withoutLayer(policy, given, exercise.layer.keys);
  const startOthers = (): Promise<readonly [RunResult, RunResult]> => {
    const both = Promise.all([
      runJob({ ...naiveInetd, attacks: 'all' }, () => undefined, cancelled),
      runJob({ ...common, server: served(open), attacks: first }, () => undefined, cancelled),
    ]);
    // Nobody waits for them where the policy fails first.
    both.catch(() => undefined);
    return both;
  };
  let others: ReturnType<typeof startOthers> | undefined;
  const isMutation = (text: string): boolean => exercise.attacks.slice(1).some(({ name }) => name === text);
  const run = await runJob(
    mine,
    (text) => {
      onProgress(text);
      // Most policies that fail do so before.
      if (isMutation(text)) others ??= startOthers();
    },
    cancelled,
  );
  if (run.failed !== undefined) return { ...start, problem: problemOf(run.failed, file) };
  const needless = needlessRights(policy, solution);
  const service = serviceVerdict(run);
  if (run.attacks.length === 0) return { ...start, service, needless, clients: run.clients };

  const reached = run.attacks.find((attack) => attack.reached);
  if (reached !== undefined) {
    onProgress(`the naive inetd: ${reached.name}`);
    const naive = await runJob(
      { ...naiveInetd, attacks: [...first, reached.name] },
      () => undefined,
      cancelled,
    );
    const control = controlVerdict(naive, exercise.attacks);
    if (control.verdict !== 'yes') return unableBy(start, control);
    const left = exercise.attacks.length - run.attacks.length;
    return {
      ...start,
      control,
      stopped: {
        verdict: 'no',
        evidence: [
          `${reached.name}: ${reached.evidence.join(', ')}`,
          ...(left > 0
            ? [left === 1 ? 'one more attack was not tried' : `${left} more attacks were not tried`]
            : []),
        ],
      },
      layer: layerVerdict(exercise, run.attacks[0], undefined),
      service,
      needless,
      attacks: run.attacks,
      clients: run.clients,
    };
  }

  onProgress('the naive inetd, and the policy without its layer');
  const [naive, withoutIt] = await (others ?? startOthers());
  const control = controlVerdict(naive, exercise.attacks);
  if (control.verdict !== 'yes') return unableBy(start, control);
  const works = new Set(naive.attacks.filter(({ reached }) => reached).map(({ name }) => name));
  const counted = run.attacks.filter(({ name }) => works.has(name));
  const layer = layerVerdict(exercise, counted[0], withoutIt);
  return {
    ...start,
    control,
    stopped: { verdict: 'yes', evidence: [`all of ${counted.length} attacks are stopped`] },
    layer,
    service,
    needless,
    attacks: counted,
    clients: run.clients,
    passed: service.verdict === 'yes' && layer.verdict !== 'no',
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

function problemOf(text: string, file: string): string {
  // The launcher ends with a line that `check` does not print.
  return text.replaceAll('/etc/lab-policy.yaml', file).replace(/\nportcullis: nothing was started$/, '');
}

/** Without a control an exercise proves nothing. */
function unableBy(start: CheckResult, control: CheckResult['control']): CheckResult {
  return { ...start, control, unable: control.evidence[0] ?? 'the attack does not work here' };
}
