/** One client in one run of a server. */
export interface ClientResult {
  readonly name: string;
  readonly hidden: boolean;
  /** Before any attack, while one goes on, or after it. */
  readonly moment: 'before' | 'during' | 'after';
  readonly served: boolean;
  /** The answer, or the failure, in a few words. */
  readonly evidence: string;
}

/** One attack in one run of a server. */
export interface AttackResult {
  readonly name: string;
  readonly hidden: boolean;
  readonly reached: boolean;
  /** The secret that came back, the errno of the answer, the events of the launcher, the count in /proc. */
  readonly evidence: readonly string[];
}

/** The referee's report of one server in one world. */
export interface RunResult {
  /** The reason why the server did not come up, absent where it did. */
  readonly failed?: string;
  readonly clients: readonly ClientResult[];
  readonly attacks: readonly AttackResult[];
}

/** A verdict with its evidence. `none`: not tried, because of an earlier verdict. */
export interface Verdict<Word extends string> {
  readonly verdict: Word | 'none';
  readonly evidence: readonly string[];
}

/** The answer of `lab check`, as `--json` prints it. */
export interface CheckResult {
  readonly exercise: number;
  readonly title: string;
  /** The whole run is repeated with --seed. */
  readonly seed: string;
  readonly passed: boolean;
  /** The reason why the exercise cannot be done on this machine; it does not count then. */
  readonly unable?: string;
  /** The policy cannot be served: its errors as `check` prints them, or the step of the launch that failed. */
  readonly problem?: string;
  /** (a) the attack works against the naive inetd, here and now. */
  readonly control: Verdict<'yes' | 'no'>;
  /** (b) with the policy neither the attack nor a mutation reaches its effect. */
  readonly stopped: Verdict<'yes' | 'no'>;
  /** (c) without the layer of the exercise the attack works again; `otherwise`: another layer stops it too. */
  readonly layer: Verdict<'yes' | 'otherwise' | 'no'>;
  /** (d) honest clients are answered before, during and after the attacks. */
  readonly service: Verdict<'yes' | 'no'>;
  /** Rights beyond the solution's: calls, capabilities, files, time. */
  readonly needless: readonly string[];
  readonly attacks: readonly AttackResult[];
  readonly clients: readonly ClientResult[];
}
