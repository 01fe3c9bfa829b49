#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `portcullis: needs Node 20.19 or newer, this is ${process.versions.node}; install a newer one\n`,
  );
  process.exit(125);
}
// A reader such as head(1) may stop before the end: that is no failure of the command.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
const { main } = await import('./main.ts');
await main(process.argv.slice(2));
