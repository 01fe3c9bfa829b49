import { COMMANDS, runServers } from './commands.ts';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());

function main(): Promise<number> {
  const [word = '', ...rest] = process.argv.slice(2);
  const command = COMMANDS.get(word);
  return command === undefined
    ? runServers(process.argv.slice(2), abort.signal)
    : command(rest, abort.signal);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!abort.signal.aborted)
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = abort.signal.aborted ? 130 : 1;
}
