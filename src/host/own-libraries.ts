import { distrustedLooks, wordsOf } from './check-libraries.ts';
import { closureOf } from './elf/closure.ts';
import { hostFiles } from './host-files.ts';

const ROOT = 0;

/**
 * Returns the reasons why users other than root could change the libraries of the programs and modules among these
 * files.
 */
export function distrustLibraries(paths: readonly string[]): readonly string[] {
  const files = hostFiles(undefined, undefined);
  const interpreter = files.elf(process.execPath)?.headers.interpreter;
  if (interpreter === undefined) return [];
  const asked = { interpreter, seesProc: true, directory: '/', environment: new Map<string, string>() };
  return paths
    .filter((path) => path === process.execPath || path.endsWith('.node'))
    .flatMap((path) => files.elf(path) ?? [])
    .flatMap((program) => distrustedLooks(closureOf({ ...asked, program }, files), undefined, [ROOT]))
    .map(({ reason, look, path }) => `${reason}; ${wordsOf(look, path)}`);
}
