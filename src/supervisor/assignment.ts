import type { Architecture } from '../kernel/architecture.ts';
import type { RuleText } from '../policy/seccomp-policy.ts';
import type { AnswerFacts } from '../seccomp/answers/answer-facts.ts';
import type { Surroundings } from '../seccomp/explain/surroundings.ts';

/** A step of a plan as an event names it. */
export interface StepName {
  readonly text: string;
  readonly call: string;
  /** The place where the policy asks for the step: a file, or the command line. Absent for a step of every launch. */
  readonly file: string | undefined;
  /** Line of that file; the command line has none. */
  readonly line: number | undefined;
}

/** A policy as far as it decides about calls, as plain data: the lines of its filter with their places, and the keys around it. */
export interface ServiceRules {
  readonly architecture: Architecture;
  readonly default: RuleText;
  readonly kernel: RuleText | undefined;
  readonly rules: readonly RuleText[];
  readonly groups: Readonly<Record<string, readonly RuleText[]>>;
  readonly around: Surroundings;
}

/** One gate that the supervisor looks after, with the ends of its pipes. */
export interface SupervisedService {
  readonly service: string;
  readonly file: string;
  readonly listen: readonly string[];
  /** Lines for standard error when the service is ready. */
  readonly announcement: readonly string[];
  readonly events: number;
  readonly log: number;
  readonly control: number;
  /** The steps of the session phase by their number in the plan: only these can fail once a gate is ready. */
  readonly steps: Readonly<Record<string, StepName>>;
  /** Read when a call is denied; without them the event has its numbers only. */
  readonly rules?: ServiceRules;
  /** Read when an answer is told: where sessions are recorded. */
  readonly facts?: AnswerFacts;
}

/** All input of the supervisor, which opens no file. */
export interface Assignment {
  readonly services: readonly SupervisedService[];
  /** A descriptor of the script that explains denied calls. */
  readonly explainer: number;
  readonly format: 'json' | 'text';
  readonly color: boolean;
}
