import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckResult } from '../../../src/lab/result.ts';
import { PACKAGE, portcullis } from '../../support/portcullis.ts';

/** Those of the public copy, which every user may read. */
const LABS = join(PACKAGE, 'labs');
const POLICIES = new URL('..', import.meta.url).pathname;

/** The folders of the exercises, in their order. */
export const FOLDERS: readonly string[] = readdirSync(LABS).filter((name) => /^\d\d-/.test(name));

/** A file of an exercise. */
export function exerciseFile(number: number, name: string): string {
  const folder = FOLDERS.find((each) => Number.parseInt(each, 10) === number);
  if (folder === undefined) throw new Error(`there is no exercise ${number}`);
  return join(LABS, folder, name);
}

/** Policies of tests for an exercise, with the verdict that each must have: the first line of the file. */
export function policiesFor(
  number: number,
  kind: 'wrong' | 'right',
): readonly {
  readonly file: string;
  readonly verdict: string;
  readonly word: string;
  readonly why: string;
}[] {
  const folder = join(POLICIES, kind);
  return readdirSync(folder)
    .filter((name) => Number.parseInt(name, 10) === number)
    .map((name) => {
      const file = join(folder, name);
      const [line = ''] = readFileSync(file, 'utf8').split('\n');
      const [, verdict = '', word = '', why = ''] = /^# (\w+): (\w+)(?: - (.*))?$/.exec(line) ?? [];
      if (verdict === '') throw new Error(`${file} does not begin with its verdict: ${line}`);
      return { file, verdict, word, why };
    });
}

export interface Checked {
  readonly code: number | null;
  readonly result: CheckResult;
}

/** Checks a policy by the command, and reads what it prints for graders. */
export async function labCheck(
  number: number,
  policy: string,
  options: { readonly uid?: number; readonly words?: readonly string[] } = {},
): Promise<Checked> {
  const args = ['lab', 'check', String(number), policy, '--json', ...(options.words ?? [])];
  const { code, stdout, stderr } = await portcullis(
    args,
    options.uid === undefined ? {} : { uid: options.uid },
  );
  if (!stdout.startsWith('{')) throw new Error(`${args.join(' ')} printed ${stdout}${stderr}`);
  return { code, result: JSON.parse(stdout) };
}
