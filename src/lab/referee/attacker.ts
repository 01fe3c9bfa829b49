import type { Attack } from '../exercise.ts';
import type { AttackResult } from '../result.ts';
import type { Collector } from './collector.ts';
import { Conversation } from './conversation.ts';
import { ask, type PlacedClient } from './honest.ts';
import { pause, serviceProcesses, within } from './processes.ts';
import { fill, type Values } from './values.ts';
import type { Victim } from './victim.ts';

/** The time that an effect may come after the last connection of its attack has ended. */
const LATE_MS = 300;

/** The time that an attack gets to say that it is ready, before an honest client comes. */
const READY_MS = 300;

/** The things that an attack acts upon and is judged by. */
export interface Surroundings {
  readonly values: Values;
  readonly collector: Collector;
  readonly victim: Victim;
  /** The first honest client, who starves where the attack says so. */
  readonly firstClient: PlacedClient;
}

/** An attack whose connections stay open until `end`, so that honest clients can be asked meanwhile. */
export interface LiveAttack {
  readonly result: AttackResult;
  end(): void;
}

/** An attack with the first of its addresses. */
export type PlacedAttack = Attack & { readonly from: string };

/** Opens the connections of an attack, sends its lines, and looks for its effect. */
export async function begin(attack: PlacedAttack, surroundings: Surroundings): Promise<LiveAttack> {
  const { values, collector } = surroundings;
  collector.forget();
  const before = serviceProcesses();
  const text = attack.send.map((line) => sentText(fill(line, values))).join('');
  const conversations = sources(attack).map((from) => new Conversation(from, Number(values.port)));
  const sending = Promise.all(
    conversations.map((conversation) => conversation.send(text, attack.everyMs)),
  ).catch(() => undefined);
  if (attack.everyMs === 0) await sending;
  const { reached, evidence } = await effectOf(attack, { ...surroundings, conversations, before });
  return {
    result: { name: attack.name, hidden: attack.hidden, reached, evidence },
    end: () => {
      for (const conversation of conversations) conversation.close();
    },
  };
}

/** A line that ends in a backslash is sent without its end, as a client does that never finishes it. */
function sentText(line: string): string {
  return line.endsWith('\\') ? line.slice(0, -1) : `${line}\n`;
}

/** The source address of each connection: `from` and those that follow it, `apart` from each other, in turn. */
function sources({ from, sources: count, apart, connections }: PlacedAttack): readonly string[] {
  const first = from.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return Array.from({ length: connections }, (_, index) => {
    const address = first + (index % count) * apart;
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  });
}

interface Looking extends Surroundings {
  readonly conversations: readonly Conversation[];
  /** Processes of the service before the attack. */
  readonly before: number;
}

type Finding = Pick<AttackResult, 'reached' | 'evidence'>;

async function effectOf(attack: Attack, looking: Looking): Promise<Finding> {
  const { conversations, before, collector, victim, values } = looking;
  const { effect, withinMs } = attack;
  const outcomes = (): readonly string[] =>
    [...new Set(conversations.map(({ outcome }) => outcome))].slice(0, 3);
  const over = overSoon(conversations);
  switch (effect.kind) {
    case 'answer': {
      const wanted = fill(effect.text, values);
      const has = (): boolean => conversations.some(({ text }) => text.includes(wanted));
      await within(withinMs, () => has() || over());
      return { reached: has(), evidence: has() ? [`the answer has ${wanted}`] : outcomes() };
    }
    case 'collected': {
      await within(withinMs, () => collector.arrived.length > 0 || over());
      const reached = collector.arrived.length > 0;
      return {
        reached,
        evidence: reached ? [`the token arrived by ${collector.arrived.join(', ')}`] : outcomes(),
      };
    }
    case 'victim-dead': {
      await within(withinMs, () => victim.isDead || over());
      const reached = victim.isDead;
      return { reached, evidence: reached ? ['the process of another user is dead'] : outcomes() };
    }
    case 'starved': {
      // An attack that answers says by it that it is ready; a silent one is so at once.
      await within(READY_MS, () => conversations.every(({ lines }) => lines.length > 0));
      const { served, evidence } = await ask(looking.firstClient, values, 'during');
      return { reached: !served, evidence: [`an honest client meanwhile: ${evidence}`, ...outcomes()] };
    }
    case 'processes': {
      let most = 0;
      const reached = await within(withinMs, () => {
        most = Math.max(most, serviceProcesses() - before);
        return most >= effect.atLeast || (over() && most === 0);
      });
      return {
        reached: reached && most >= effect.atLeast,
        evidence: [`${most} more processes in /proc`, ...outcomes()],
      };
    }
    case 'lasting': {
      await pause(effect.afterMs);
      const open = conversations.filter((conversation) => conversation.isConnected && !conversation.isClosed);
      const reached = open.length > 0 && serviceProcesses() > 0;
      return {
        reached,
        evidence: reached ? [`still served after ${effect.afterMs} ms`] : outcomes(),
      };
    }
  }
}

/** True once every connection has been closed by the other side, and an effect has had its time. */
function overSoon(conversations: readonly Conversation[]): () => boolean {
  let since: number | undefined;
  return () => {
    const isQuiet = conversations.every(({ isClosed, lines }) => isClosed || lines.length > 0);
    since = isQuiet ? (since ?? Date.now()) : undefined;
    return since !== undefined && Date.now() - since > LATE_MS;
  };
}
