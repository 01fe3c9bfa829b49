import type { Attack, Exercise } from './exercise.ts';
import type { AttackResult, CheckResult, ClientResult, RunResult } from './result.ts';

/** (a) The attack works against the naive inetd. Attacks that do not are named, and do not count. */
export function controlVerdict(naive: RunResult, attacks: readonly Attack[]): CheckResult['control'] {
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

/** (c) Compares the first attack with the layer and without it. */
export function layerVerdict(
  { layer }: Exercise,
  first: AttackResult | undefined,
  open: RunResult | undefined,
): CheckResult['layer'] {
  if (first === undefined || first.reached)
    return { verdict: 'no', evidence: ['the attack is not stopped, by this layer or another'] };
  if (open === undefined) return { verdict: 'none', evidence: ['not tried: another attack is not stopped'] };
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

/** (d) Honest clients are answered at every moment. */
export function serviceVerdict({ clients, attacks }: RunResult): CheckResult['service'] {
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
