import { portcullis } from './launch.ts';

interface Finding {
  readonly code: string;
  readonly message: string;
}

/** What `check --strict` has to say about a policy, each finding as its code and the message up to the explanation. */
export async function findings(policy: string): Promise<readonly string[]> {
  const { stdout } = await portcullis(['check', '--strict', '--json', policy]);
  const found = JSON.parse(stdout) as readonly Finding[];
  return found.map(({ code, message }) => `${code}: ${message.replace(/;.*/, '')}`);
}
