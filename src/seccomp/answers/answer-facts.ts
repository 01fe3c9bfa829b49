import type { Policy } from '../../policy/policy.ts';

/** The limits that a call can meet. */
export type LimitName = 'nproc' | 'nofile' | 'data' | 'as' | 'fsize' | 'memlock' | 'sigpending';

/** The keys of a policy that decide about answers of the kernel. Plain data. */
export interface AnswerFacts {
  readonly user: string;
  readonly isRoot: boolean;
  readonly directory: string;
  readonly writable: readonly string[];
  readonly writeAndRun: readonly string[];
  readonly network: Policy['network'];
  readonly exec: Policy['exec'];
  readonly capabilities: readonly string[];
  /** In bytes or as a number; absent: unlimited. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
}

const LIMITS: readonly LimitName[] = ['nproc', 'nofile', 'data', 'as', 'fsize', 'memlock', 'sigpending'];

const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** The facts of one policy. */
export function answerFacts(policy: Policy): AnswerFacts {
  const limits = LIMITS.flatMap((name) => {
    const { soft } = policy.rlimits[name];
    return soft === UNLIMITED ? [] : [[name, Number(soft)] as const];
  });
  return {
    user: `${policy.user}`,
    isRoot: policy.user === 'root' || Number(policy.user) === 0,
    directory: policy.directory,
    writable: policy.writable,
    writeAndRun: policy.writeAndRun,
    network: policy.network,
    exec: policy.exec,
    capabilities: policy.capabilities,
    limits: Object.fromEntries(limits),
  };
}
