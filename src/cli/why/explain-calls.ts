import { programMakesTerminals } from '../../host/makes-terminals.ts';
import { visible } from '../../policy/visible-text.ts';
import { answerFacts } from '../../seccomp/answers/answer-facts.ts';
import { type AnswerExplanation, answeredText, explainAnswer } from '../../seccomp/answers/explain-answer.ts';
import { happens } from '../../seccomp/explain/answer.ts';
import { type CallExplanation, explainCall } from '../../seccomp/explain/explain-call.ts';
import { explanationData } from '../../seccomp/explain/explanation-data.ts';
import { calledText, linesText, reasonTexts } from '../../seccomp/explain/explanation-text.ts';
import type { Proposal } from '../../seccomp/explain/proposal.ts';
import { NO_SURROUNDINGS, surroundingsOf } from '../../seccomp/explain/surroundings.ts';
import { actionText, BOUNDARIES } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { machine } from '../filters/convert-result.ts';
import { readFilter } from '../filters/read-filter.ts';
import { reportDiagnostics } from '../print/report.ts';
import { type Question, readQuestions } from './questions.ts';

export interface WhyArguments {
  /** A call, an event, or `-`. */
  readonly question: string;
  readonly file: string;
  readonly architecture: string | undefined;
  readonly all: boolean;
  readonly json: boolean;
}

interface Answered {
  readonly question: Question;
  readonly explanation: CallExplanation;
  /** Of a call that was answered with an error, where the policy is known. */
  readonly answer: AnswerExplanation | undefined;
}

/** Says why a policy answers calls as it does, and which lines would let them through. */
export function explainCalls({ question, file, architecture: asked, all, json }: WhyArguments): void {
  const architecture = machine(asked);
  const { filter, policy, seccomp, texts, diagnostics } = readFilter(file, architecture, 'launched');
  reportDiagnostics(diagnostics, texts, process.stderr);
  if (filter === undefined || seccomp === undefined)
    throw new ExitError(EXIT.findings, 'a policy with errors explains nothing');
  const questions = readQuestions(question, { architecture, service: policy?.service, all });
  const around =
    policy === undefined ? NO_SURROUNDINGS : surroundingsOf(policy, programMakesTerminals(policy));
  const answered = questions.map((each): Answered => {
    const known = { seccomp, architecture, around };
    const explanation = explainCall(known, each);
    const answer = each.answered && policy && explainAnswer(known, answerFacts(policy), each.answered);
    return { question: each, explanation, answer };
  });
  const text = json ? `${JSON.stringify(answered.map(asData), null, 2)}\n` : answered.map(asText).join('\n');
  process.stdout.write(text);
}

function asData({ question, explanation, answer }: Answered): object {
  const { session, program, nr, args } = question;
  const { rule, ...cause } = answer ?? {};
  return {
    ...(session === undefined ? {} : { session }),
    ...(program === undefined ? {} : { program }),
    call: nr,
    ...(args === undefined ? {} : { args: args.map((value) => `0x${value.toString(16)}`) }),
    ...(explanation.answer === undefined ? {} : { answer: actionText(explanation.answer) }),
    ...(answer === undefined || rule !== undefined ? explanationData(explanation) : {}),
    ...cause,
  };
}

function asText({ question, explanation, answer: cause }: Answered): string {
  const { session, program, answered } = question;
  const { answer, quiet, allowing } = explanation;
  const by = program === undefined ? '' : ` in ${visible(program)}`;
  const where = session === undefined ? '' : `session ${session}: `;
  if (answered !== undefined && cause !== undefined && cause.cause !== 'rule')
    return `${where}${answeredText(cause, answered)}${by}\n${causeRows(cause)}`;
  const lines = [`${where}${calledText(explanation)}${by}`];
  if (answer !== undefined) lines.push(row('answer', actionText(answer)));
  lines.push(...reasonTexts(explanation).map((text) => row('rule', visible(text))));
  if (quiet !== undefined) lines.push(...proposalRows('quiet', quiet, explanation));
  if (allowing !== undefined) lines.push(...proposalRows('allow', allowing, explanation));
  const nothing = quiet === undefined && allowing === undefined;
  if (nothing && (answer === undefined || !happens(answer)))
    lines.push(row('allow', nothingText(explanation)));
  return `${lines.join('\n')}\n`;
}

/** The answer of the kernel with its cause, and the key that changes it. */
function causeRows({ errno_name: errno, reason, key, value }: AnswerExplanation): string {
  const lines = [row('answer', errno), row('cause', visible(reason))];
  if (key !== undefined) lines.push(row('key', `${key}: ${visible(value ?? 'another value')}`));
  return `${lines.join('\n')}\n`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(8)}${text}`;
}

function proposalRows(name: string, proposal: Proposal, explanation: CallExplanation): readonly string[] {
  const { allow, keys, opens } = proposal;
  return [
    ...(allow.length === 0 ? [] : [row(name, linesText(allow, explanation))]),
    ...Object.entries(keys).map(([key, value]) => row('key', `${key}: ${value}`)),
    ...opens.map((opened) => row('opens', `${opened}; ${givesText(opened)}`)),
  ];
}

function givesText(name: string): string {
  return BOUNDARIES.find((boundary) => boundary.name === name)?.gives ?? '';
}

/** Why no line is proposed. */
function nothingText({ rules, groups, call }: CallExplanation): string {
  if (rules.some(({ denies }) => denies))
    return 'change the rule that answers it: the strictest answer counts';
  if (groups.length > 0) return `write the call with its arguments; it is in ${groups.join(', ')}`;
  if (call === 'clone3') return 'none is needed: the C library goes on with clone, which rules can judge';
  return `no single line lets ${call} through`;
}
