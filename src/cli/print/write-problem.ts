import { errorCode, explain } from '../../host/walk-path.ts';

/** Returns the reason why an output file cannot be written: the obstacle is then another file. */
export function writeProblem(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return 'its directory does not exist';
  return code === 'EISDIR' ? 'it is a directory' : explain(code);
}
