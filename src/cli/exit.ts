/** Exit codes: `run` follows env(1) and timeout(1), the others separate findings from failures. */
export const EXIT = {
  fine: 0,
  findings: 1,
  usage: 2,
  unable: 3,
  launchFailed: 125,
  notExecutable: 126,
  notFound: 127,
} as const;

/** Ends the command with a code and one line on standard error; an empty message prints no line. */
export class ExitError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'ExitError';
    this.code = code;
  }
}
