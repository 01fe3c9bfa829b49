import type { Diagnostic } from '../policy/diagnostic.ts';

/**
 * Takes a problem: its code, the path of the key, the message and the fix; an error that nothing accepts, unless it is
 * said otherwise.
 */
export type Report = (
  code: string,
  path: string,
  message: string,
  help?: string,
  more?: Pick<Diagnostic, 'about'> & Partial<Pick<Diagnostic, 'severity'>>,
) => void;
