import { inspect } from 'node:util';
import { createContext, Script } from 'node:vm';
import { expect, test } from 'vitest';
import { type Random, randomFor } from './random.ts';
import { inputsOf, type Parser, SEED } from './shares.ts';

export interface Fuzzed<Input> {
  readonly input: (random: Random) => Input;
  /** Reads the input and throws when what comes out is not as it must be; says whether the input was taken. */
  readonly read: (input: Input) => boolean;
}

/** So many inputs have to be read within the time, which is a thousand times what they take: whoever is late hangs. */
const BATCH = 500;
const BATCH_MS = 120_000;

/** Long runs are as long as somebody wants them. */
const NO_END_MS = 7 * 86_400_000;

const CALL = new Script('batch()');

/** Gives a parser its share of inputs. Each must come to an end, and what is thrown is a defect, with the input that shows it. */
export function fuzz<Input>(parser: Parser, { input: make, read }: Fuzzed<Input>): void {
  const title = `${parser}: whatever is read, there is an answer or a reason`;
  test(title, { timeout: NO_END_MS }, () => {
    const inputs = inputsOf(parser);
    let input = 0;
    let taken = 0;
    const batch = (): void => {
      for (const end = Math.min(inputs, input + BATCH); input < end; input += 1)
        if (read(make(randomFor(SEED, input)))) taken += 1;
    };
    const context = createContext({ batch });
    try {
      while (input < inputs) CALL.runInContext(context, { timeout: BATCH_MS });
    } catch (error) {
      const shown = inspect(make(randomFor(SEED, input)), { maxStringLength: 4000, maxArrayLength: 1000 });
      const reason = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
      expect.fail(`${parser}, FUZZ_SEED=${SEED}, input ${input}:\n${shown}\n${reason}`);
    }
    // Inputs that are all taken, or all refused at their first character, try little.
    expect(taken).toBeGreaterThan(inputs / 200);
    expect(taken).toBeLessThan(inputs);
  });
}
