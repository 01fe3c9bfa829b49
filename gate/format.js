// Checks the format of every C file with clang-format; `--write` formats them instead. No line is longer than 120 columns.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDERS = ['gate', 'bench', 'labs', 'tests'];
const LONGEST = 120;

/** Files of other projects, as they are, and generated files. */
const FOREIGN = /\/corpus\/|\/hidden-characters\.h$/;

const [option, ...named] = process.argv.slice(2);
const all = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
    join(root, folder, path),
  ),
).filter((path) => /\.[ch]$/.test(path) && !FOREIGN.test(path));
const files = option === '--files' ? named : all;

if (spawnSync('clang-format', ['--version']).error) {
  process.stderr.write(
    'clang-format is not installed: the format of the C files is not checked here; apt-get install clang-format\n',
  );
  process.exit(0);
}

const how = option === '--write' ? ['-i'] : ['--dry-run', '-Werror'];
const { status } = spawnSync(
  'clang-format',
  [`--style=file:${join(root, '.clang-format')}`, ...how, ...files],
  {
    stdio: 'inherit',
  },
);

/** Comments are wrapped by hand. */
const long = files.flatMap((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      line.replaceAll('\t', '        ').length > LONGEST
        ? [`${file}:${index + 1}: longer than ${LONGEST} columns\n`]
        : [],
    ),
);
process.stderr.write(long.join(''));
process.exitCode = status === 0 && long.length === 0 ? 0 : 1;
