import { addressesOf } from '../addresses.ts';
import { derived } from '../derived.ts';
import type { Attack } from '../exercise.ts';
import type { Job } from '../job.ts';
import type { AttackResult, ClientResult, RunResult } from '../result.ts';
import { begin, type Surroundings } from './attacker.ts';
import { Collector, serveLog } from './collector.ts';
import { makeFiles } from './files.ts';
import { ask } from './honest.ts';
import { serviceProcesses, within } from './processes.ts';
import { evidenceOf, Server } from './server.ts';
import { valuesOf } from './values.ts';
import { Victim } from './victim.ts';

/** A pause of a listener's next start that is worth a new server: an honest client would wait too long. */
const LONG_PAUSE_MS = 800;

/** Does a job: makes the files, starts the server, asks clients, attacks. Never throws for what a server does. */
export async function referee(job: Job, progress: (text: string) => void): Promise<RunResult> {
  const { exercise, seed } = job;
  const addresses = addressesOf(exercise, seed);
  const placed = <Talk extends { readonly name: string }>(talk: Talk): Talk & { readonly from: string } => ({
    ...talk,
    from: addresses.get(talk.name) ?? '127.0.0.1',
  });
  const honest = exercise.honest.map(placed);
  const isRoot = process.getuid?.() === 0;
  let victim = new Victim(isRoot);
  const canary = job.canary === undefined ? {} : { canary: job.canary };
  const valuesNow = () => valuesOf(seed, { port: exercise.service.port, victim: victim.pid, ...canary });
  const values = valuesNow();
  makeFiles(values, isRoot);
  const collector = new Collector(values.token);
  await collector.listen(Number(values.collector));
  await serveLog();

  const server = new Server(exercise, job.server);
  const failed = await server.start();
  if (failed !== undefined) return { failed, clients: [], attacks: [] };

  const clients: ClientResult[] = [];
  const attacks: AttackResult[] = [];
  const askAll = async (moment: ClientResult['moment']): Promise<boolean> => {
    const asked = await Promise.all(honest.map((client) => ask(client, values, moment)));
    clients.push(...asked);
    return asked.every(({ served }) => served);
  };
  if (job.clients) {
    progress('honest clients');
    if (!(await askAll('before'))) {
      await server.stop();
      return { clients, attacks };
    }
  }

  const [firstClient] = honest;
  if (firstClient === undefined) throw new Error('an exercise has honest clients');
  const chosen = inOrder(exercise.attacks, seed).filter(
    ({ name }) => job.attacks === 'all' || job.attacks.includes(name),
  );
  let turn = 0;
  for (const attack of chosen) {
    progress(attack.name);
    if (victim.isDead) victim = new Victim(isRoot);
    server.forget();
    const surroundings: Surroundings = { values: valuesNow(), collector, victim, firstClient };
    const live = await begin(placed(attack), surroundings);
    const client = honest[turn++ % honest.length] ?? firstClient;
    // An attack that is not stopped fails the policy by itself, and a client that starves takes its whole time.
    if (job.clients && !live.result.reached) clients.push(await ask(client, values, 'during'));
    live.end();
    await within(500, () => serviceProcesses() <= 1);
    attacks.push({ ...live.result, evidence: [...live.result.evidence, ...evidenceOf(server.events)] });
    if (live.result.reached && job.endsWhenReached) break;
    const isSlow = server.events.some((event) => Number(event['pause_ms'] ?? 0) >= LONG_PAUSE_MS);
    if (isSlow || server.isEnded) {
      await server.stop();
      const again = await server.start();
      if (again !== undefined) return { failed: again, clients, attacks };
    }
  }
  const isOver = attacks.length === chosen.length;
  if (job.clients && isOver) await askAll('after');
  await server.stop();
  return { clients, attacks };
}

/** The first attack stays the first; its mutations come in an order of the seed. */
function inOrder([first, ...rest]: readonly Attack[], seed: string): readonly Attack[] {
  const key = ({ name }: Attack): string => derived(seed, `order ${name}`, 16);
  return [...(first === undefined ? [] : [first]), ...rest.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))];
}
