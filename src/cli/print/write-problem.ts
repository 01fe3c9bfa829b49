import { errorCode, explain } from '../../host/walk-path.ts';

/** Why a file that a command was told to write cannot be written: what is in the way is then not the file itself. */
export function writeProblem(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return 'its directory does not exist';
  return code === 'EISDIR' ? 'it is a directory' : explain(code);
}
