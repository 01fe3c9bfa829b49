import { spawn } from 'node:child_process';

export interface Output {
  readonly status: number | null;
  readonly text: string;
}

/** Runs a measuring program to its end; its messages for people go to standard error. */
export async function outputOf(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Output> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], signal });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, text };
}
