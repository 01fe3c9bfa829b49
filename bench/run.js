// Bundles the benchmark with esbuild and runs it from memory: Node 20 does not run TypeScript.
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: [new URL('main.ts', import.meta.url).pathname],
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  write: false,
  legalComments: 'none',
  // Packages that are no modules want it.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire('file:///');",
  },
  // Its files find each other by where they lie, all of them beside this one.
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(import.meta.filename).href) },
});
for (const { contents } of outputFiles)
  await import(`data:text/javascript;base64,${Buffer.from(contents).toString('base64')}`);
