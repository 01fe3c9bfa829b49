/** A step of a plan as an event names it. */
export interface StepName {
  readonly text: string;
  readonly call: string;
  /** The place where the policy asks for the step: a file, or the command line. Absent for a step of every launch. */
  readonly file: string | undefined;
  /** Line of that file; the command line has none. */
  readonly line: number | undefined;
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
}

/** All input of the supervisor, which reads no files. */
export interface Assignment {
  readonly services: readonly SupervisedService[];
  readonly format: 'json' | 'text';
  readonly color: boolean;
}
