import type { Span } from '../../policy/diagnostic.ts';
import { encodeProgram, type Program } from '../../seccomp/index.ts';
import type { CallOptions, PlanBuilder } from '../builder.ts';
import { data, value } from '../builder.ts';
import { bytesData, type Data, structData } from '../data.ts';
import type { HostFacts } from '../facts.ts';
import { type KernelNeed, kernelHas } from '../need.ts';

/** `struct sock_fprog`: the number of instructions, padding, the address of the first. */
export function programData(program: Program): Data {
  const instructions = bytesData(encodeProgram(program));
  return structData(
    [
      [2, program.instructions.length],
      [2, 0],
      [4, 0],
      [8, 0],
    ],
    [{ offset: 8, width: 8, source: { kind: 'data', data: instructions } }],
  );
}

export function loadFilter(
  builder: PlanBuilder,
  program: Program,
  options: CallOptions & { readonly flags?: string },
): void {
  const { flags, ...rest } = options;
  builder.call(
    'seccomp',
    [
      'SECCOMP_SET_MODE_FILTER',
      flags ?? value(0, '0'),
      data(programData(program), `${program.instructions.length} instructions`),
    ],
    rest,
  );
}

const KILLABLE = 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV';

/** Signals wait while the gate looks at a call; before that release one takes the question back, and the gate kills all the same. */
const KILLABLE_NEED: KernelNeed = {
  since: { major: 5, minor: 19 },
  brings: KILLABLE,
  without: 'tolerated',
};

/** The flags of a filter whose questions the gate hears. */
export function listenerFlags(facts: Pick<HostFacts, 'kernelRelease'>): string {
  const listener = 'SECCOMP_FILTER_FLAG_NEW_LISTENER';
  return kernelHas(facts, KILLABLE_NEED) === true ? `${listener}|${KILLABLE}` : listener;
}

/** From here on no exec gives privileges. */
export function setNoNewPrivileges(builder: PlanBuilder, source: Span | undefined): void {
  builder.call('prctl', ['PR_SET_NO_NEW_PRIVS', 1, 0, 0, 0], { why: 'no exec gives privileges', source });
  builder.call('prctl', ['PR_GET_NO_NEW_PRIVS', 0, 0, 0, 0], {
    why: 'read back',
    source,
    expect: { kind: 'equal', value: 1n },
  });
}
