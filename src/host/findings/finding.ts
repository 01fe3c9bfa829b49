/** The finding about one subject. `missing`: the caller's request does not work here; `note`: it works with less. */
export interface Finding {
  /** The stable name of the subject. */
  readonly id: string;
  readonly level: 'ok' | 'note' | 'missing';
  /** The finding itself. */
  readonly what: string;
  /** The purpose that it serves, or the loss. */
  readonly why: string;
  /** `undefined` where nothing needs fixing. */
  readonly fix: string | undefined;
}

export function ok(id: string, what: string, why: string): Finding {
  return { id, level: 'ok', what, why, fix: undefined };
}

export function note(id: string, what: string, why: string, fix: string): Finding {
  return { id, level: 'note', what, why, fix };
}

export function missing(id: string, what: string, why: string, fix: string): Finding {
  return { id, level: 'missing', what, why, fix };
}
