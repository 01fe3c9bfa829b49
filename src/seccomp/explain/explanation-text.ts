import { ENOSYS } from '../decision.ts';
import { actionText } from '../language/action-text.ts';
import { happens } from './answer.ts';
import type { CallExplanation } from './explain-call.ts';
import type { NamingRule } from './naming-rules.ts';
import { keysText } from './other-keys.ts';
import type { Proposal } from './proposal.ts';

/** A call with its arguments: `openat(AT_FDCWD, ..., O_RDONLY)`. */
export function calledText({ call, arguments: text }: CallExplanation): string {
  return text === undefined ? call : `${call}(${text})`;
}

/** The reason for an answer and the change that would make it another, in one line for people. */
export function explanationText(explanation: CallExplanation): string {
  const { answer } = explanation;
  const why = reasonText(explanation);
  if (answer !== undefined && happens(answer)) return why;
  return [why, ...changeTexts(explanation)].join('; ');
}

/** Every line that has the call with the reason why it does not get through by it, or the answer to a call that no line has. */
export function reasonTexts(explanation: CallExplanation): readonly string[] {
  const { rules } = explanation;
  if (rules.length === 0) return [reasonText(explanation)];
  return rules.map((line) => `${lineText(line)} ${line.failed}`);
}

const START: ReadonlySet<string> = new Set(['execve', 'execveat']);

function reasonText({ call, answer, rules, defaults }: CallExplanation): string {
  if (answer !== undefined && happens(answer)) {
    const line = rules.find(({ failed }) => failed === `has ${call}`) ?? rules[0];
    return line === undefined ? `the default answers ${actionText(answer)}` : `${lineText(line)} has ${call}`;
  }
  if (START.has(call) && rules.length === 0) return "the policy's exec says which programs start";
  if (rules.length === 0 && answer?.kind === 'errno' && answer.errno === ENOSYS.errno)
    return `${call} answers ENOSYS, like a call that the kernel does not have, and programs go on with another`;
  const denying = rules.find(({ denies }) => denies);
  const line = denying ?? rules.at(-1);
  if (line !== undefined) return `${lineText(line)} ${line.failed}`;
  return `no ${defaults.length > 0 ? 'default ' : ''}rule has ${call}`;
}

function lineText({ source, rule }: NamingRule): string {
  return source === undefined ? `the default rule ${rule}` : `${source.file}:${source.line} ${rule}`;
}

function changeTexts(explanation: CallExplanation): readonly string[] {
  const { rules, allowing, quiet, groups, call } = explanation;
  if (rules.some(({ denies }) => denies)) return ['to allow it: change that rule'];
  if (allowing === undefined && groups.length > 0)
    return [`it is in ${groups.join(', ')}, and only its arguments say which of them would let it through`];
  const answering = quiet === undefined ? [] : [`to do without it: ${proposalText(quiet, explanation)}`];
  if (allowing === undefined)
    return answering.length > 0 ? answering : [`no single line lets ${call} through`];
  return [...answering, `to allow it: ${proposalText(allowing, explanation)}`];
}

/** Lines as people write them. Where the rules are the default, all of them have to stand in the policy then. */
export function linesText(allow: readonly string[], { defaults }: CallExplanation): string {
  const lines = defaults.length > 0 ? [...defaults, ...allow] : allow;
  const quoted = lines.map((line) => JSON.stringify(line)).join(', ');
  return defaults.length > 0 ? `seccomp.rules: [${quoted}]` : quoted;
}

function proposalText({ allow, keys, opens }: Proposal, explanation: CallExplanation): string {
  const written = allow.length === 0 ? [] : [linesText(allow, explanation)];
  const what = [...written, ...keysText(keys)].join(', and ');
  return opens.length === 0 ? what : `${what}; this opens ${opens.join(', and ')}`;
}
