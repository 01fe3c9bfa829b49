import type { Diagnostic } from '../policy/diagnostic.ts';

/**
 * Takes a problem: its code, the path of the key, the message and the fix. It is an error that a policy cannot accept,
 * unless `more` changes that.
 */
export type Report = (
  code: string,
  path: string,
  message: string,
  help?: string,
  more?: Pick<Diagnostic, 'about'> & Partial<Pick<Diagnostic, 'severity'>>,
) => void;
