// Builds dist/: the gate with make and a C compiler, the command line, the supervisor and the library with esbuild, the manual pages.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Ends the build with one plain line: the fault and its fix. */
function fail(message) {
  process.stderr.write(`portcullis: ${message}\n`);
  process.exit(1);
}

function requireCommand(command, fix) {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error) fail(`${command} is missing; ${fix}`);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`needs Node 20.19 or newer, this is ${process.versions.node}; install a newer one`);
}
if (process.platform !== 'linux') fail(`the gate is made of Linux system calls, this is ${process.platform}`);
if (!existsSync(join(root, 'node_modules', 'esbuild')))
  fail('its packages are not installed; run `npm ci` first');
requireCommand('make', 'install it, for example with `apt-get install make`');
requireCommand(
  process.env.CC ?? 'cc',
  'install a C compiler, for example with `apt-get install gcc libc6-dev`',
);

const made = spawnSync('make', ['-s', '-C', join(root, 'gate')], { stdio: ['ignore', 'inherit', 'inherit'] });
if (made.status !== 0) fail('the gate does not compile; the lines above say why');

// The programs of the course run on this machine only, in a root without libraries: they are static.
const machine = process.arch === 'x64' ? 'x86_64' : 'aarch64';
const labs = spawnSync('make', ['-s', '-C', join(root, 'labs'), `OUT=${join(dist, `labs-${machine}`)}`], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (labs.status !== 0)
  process.stderr.write(
    'portcullis: the programs of the course are not built, and portcullis lab will not work; the lines above say why. They need a static C library (libc6-dev, glibc-static)\n',
  );

// Executables for the other machine can be built where a compiler for it is installed.
const other = process.arch === 'x64' ? 'aarch64' : 'x86_64';
const cross = `${other.replace('_', '-')}-linux-gnu-gcc`;
if (!spawnSync(cross, ['--version'], { stdio: 'ignore' }).error) {
  const gate = [`CC=${cross}`, `OUT=${join(dist, `gate-${other}`)}`];
  const { status } = spawnSync('make', ['-s', '-C', join(root, 'gate'), ...gate], { stdio: 'inherit' });
  if (status !== 0) fail(`the gate for ${other} does not compile; the lines above say why`);
}

const { build } = await import('esbuild');
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Half of the time that a command takes to come up goes into reading code: the less of it, the sooner.
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};
// Chunks carry a hash in their names: those of an earlier build would stay.
for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name.endsWith('.js')) rmSync(join(dist, name));
await build({
  ...common,
  entryPoints: [join(root, 'src/cli/portcullis.ts')],
  outdir: dist,
  format: 'esm',
  splitting: true,
  external: ['koffi'],
  // Only the help that yargs would print is measured; making the rules of Unicode for it takes longer than all else that yargs does.
  alias: { 'string-width': join(root, 'src/cli/arguments/string-width.ts') },
  // yargs reaches for require and __dirname in places that a bundle keeps.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
await build({
  ...common,
  entryPoints: [join(root, 'src/supervisor/main.ts')],
  outfile: join(dist, 'supervisor.cjs'),
  format: 'cjs',
});

// The supervisor reads this when the first call is denied. The value of the script is what explainer.ts exports.
await build({
  ...common,
  entryPoints: [join(root, 'src/supervisor/explainer.ts')],
  outfile: join(dist, 'explainer.cjs'),
  format: 'iife',
  globalName: 'explainer',
  banner: { js: '(() => {' },
  footer: { js: 'return explainer; })()' },
});

// The referee of the course's exercises runs inside their worlds, by itself.
await build({
  ...common,
  entryPoints: [join(root, 'src/lab/referee/main.ts')],
  outfile: join(dist, 'referee.js'),
  format: 'esm',
});

// The modules that other programs import, readable as they stand, and declarations of their types.
for (const folder of ['library', 'types']) rmSync(join(dist, folder), { recursive: true, force: true });
const library = { ...common, minify: false, format: 'esm', outdir: join(dist, 'library') };
await build({
  ...library,
  platform: 'neutral',
  entryPoints: { seccomp: join(root, 'src/seccomp/library.ts') },
});
await build({
  ...library,
  external: ['koffi'],
  entryPoints: { confine: join(root, 'src/confine/library.ts') },
});
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const typed = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.library.json')], {
  stdio: 'inherit',
});
if (typed.status !== 0) fail('the declarations of the library cannot be written; the lines above say why');

// The manual pages are made by code that is not part of the program.
const maker = join(dist, 'manual.mjs');
await build({
  ...common,
  entryPoints: [join(root, 'src/cli/manual/write-pages.ts')],
  outfile: maker,
  format: 'esm',
  packages: 'external',
});
const { writePages } = await import(pathToFileURL(maker).href);
rmSync(join(dist, 'man'), { recursive: true, force: true });
writePages(join(dist, 'man'));
rmSync(maker);
