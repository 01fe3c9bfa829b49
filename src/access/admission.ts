import type { Architecture } from '../kernel/architecture.ts';
import type { IpFamily } from '../policy/ip-address.ts';
import type { Policy } from '../policy/policy.ts';
import { peerFamilies } from '../policy/schema/listen.ts';
import { MAX_INSTRUCTIONS, type Program } from '../seccomp/bpf/instruction.ts';
import { accessFilter } from './access-filter.ts';
import { accessListOf } from './access-list.ts';
import { type AccessTurns, turnsOf } from './turns.ts';
import { verifyFilter } from './verify-filter.ts';

/**
 * The one that judges the peers of a service. `nobody`: it has no list. `kernel`: filters of its listening sockets, one for each
 * address in the order of the policy, `undefined` for a UNIX socket. `gate`: the gate, after it has accepted, since the kernel refuses such a filter.
 */
export type Admission =
  | { readonly by: 'nobody' }
  | {
      readonly by: 'kernel';
      readonly programs: readonly (Program | undefined)[];
      readonly turns: AccessTurns;
    }
  | { readonly by: 'gate'; readonly turns: AccessTurns; readonly refusal: string };

/** Tries whether the kernel takes a filter; answers its reason not to. */
export type TryFilter = (program: Program) => string | undefined;

/** A longer list of ranges is not compiled: each takes more than half an instruction. */
const MAX_TURNS = 2 * MAX_INSTRUCTIONS;

/** Decides who judges the peers of a policy. Filters that the kernel takes are verified against the list. */
export function admissionOf(
  policy: Pick<Policy, 'allow' | 'deny' | 'listen'>,
  architecture: Architecture,
  tryFilter: TryFilter,
): Admission {
  const list = accessListOf(policy);
  if (list === undefined) return { by: 'nobody' };
  const turns = turnsOf(list);
  const programs: (Program | undefined)[] = [];
  const known = new Map<string, Program>();
  for (const address of policy.listen) {
    if (address.kind === 'unix') {
      programs.push(undefined);
      continue;
    }
    const families = peerFamilies(address);
    const key = families.join();
    let program = known.get(key);
    if (program === undefined) {
      const tried = compile(turns, families, architecture, tryFilter);
      if ('refusal' in tried) return { by: 'gate', turns, refusal: tried.refusal };
      ({ program } = tried);
      known.set(key, program);
    }
    programs.push(program);
  }
  return { by: 'kernel', programs, turns };
}

function compile(
  turns: AccessTurns,
  families: readonly IpFamily[],
  architecture: Architecture,
  tryFilter: TryFilter,
): { readonly program: Program } | { readonly refusal: string } {
  const ranges = families.reduce((sum, family) => sum + turns[family].length, 0);
  if (ranges > MAX_TURNS) return { refusal: tooLong(`more than ${MAX_INSTRUCTIONS}`) };
  const program = accessFilter(turns, families, architecture);
  const { length } = program.instructions;
  if (length > MAX_INSTRUCTIONS) return { refusal: tooLong(`${length}`) };
  const refusal = tryFilter(program);
  if (refusal !== undefined)
    return { refusal: `it takes ${length} instructions, and the kernel answers ${refusal}` };
  verifyFilter(program, turns, families);
  return { program };
}

function tooLong(length: string): string {
  return `it takes ${length} instructions, and the kernel takes ${MAX_INSTRUCTIONS}`;
}
