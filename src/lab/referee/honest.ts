import type { Client } from '../exercise.ts';
import type { ClientResult } from '../result.ts';
import { Conversation } from './conversation.ts';
import { within } from './processes.ts';
import { fill, type Values } from './values.ts';

/** An honest client with its address. */
export type PlacedClient = Client & { readonly from: string };

/** Asks the service as an honest client does: every line of the answer is compared, and its number. */
export async function ask(
  client: PlacedClient,
  values: Values,
  moment: ClientResult['moment'],
): Promise<ClientResult> {
  const { name, hidden } = client;
  const expected = client.expect.map((line) => fill(line, values));
  const end = Date.now() + client.withinMs;
  const left = (): number => Math.max(0, end - Date.now());
  const conversation = new Conversation(client.from, Number(values.port));
  try {
    const text = client.send.map((line) => `${fill(line, values)}\n`).join('');
    await conversation.send(text, client.everyMs);
    await within(left(), () => conversation.isClosed || conversation.lines.length >= expected.length);
    conversation.finish();
    await within(left(), () => conversation.isClosed);
    const served = conversation.text === expected.map((line) => `${line}\n`).join('');
    return { name, hidden, moment, served, evidence: served ? 'answered rightly' : conversation.outcome };
  } finally {
    conversation.close();
  }
}
