import { portcullis } from './portcullis.ts';

interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
}

interface Check {
  readonly code: number | null;
  readonly found: readonly Finding[];
}

async function check(policy: string): Promise<Check> {
  const { code, stdout } = await portcullis(['check', '--strict', '--json', policy]);
  return { code, found: JSON.parse(stdout) as readonly Finding[] };
}

function inShort({ code, message }: Finding): string {
  return `${code}: ${message.replace(/;.*/, '')}`;
}

/** What `check --strict` finds in a policy, as code and message up to the explanation. */
export async function findings(policy: string): Promise<readonly string[]> {
  const { found } = await check(policy);
  return found.filter(({ severity }) => severity !== 'note').map(inShort);
}

/** What a policy accepts, in the same words; fails unless `check --strict` finds nothing else. */
export async function accepted(policy: string): Promise<readonly string[]> {
  const { code, found } = await check(policy);
  if (code !== 0) throw new Error(`check --strict: ${JSON.stringify(found)}`);
  return found.filter(({ message }) => message.includes('; accepted: ')).map(inShort);
}
