process.stdin.once('data', (line) => {
  process.stdout.write(`node:${line}`);
  process.exit();
});
