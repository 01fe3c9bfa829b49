/** One line on a terminal that says what goes on. */
export interface Progress {
  readonly show: (text: string) => void;
  /** Takes the line away, before a result is printed. */
  readonly clear: () => void;
}

/** Shows nothing where standard error is no terminal, and for programs. */
export function progress(json: boolean): Progress {
  const isShown = process.stderr.isTTY === true && !json && process.env['TERM'] !== 'dumb';
  const clear = (): void => {
    if (isShown) process.stderr.write('\r\u001b[K');
  };
  const show = (text: string): void => {
    if (isShown) process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  };
  return { show, clear };
}
