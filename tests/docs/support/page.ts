import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../../', import.meta.url);

/** Every Markdown page of the repository, by its path from the root. */
export const PAGES: readonly string[] = ['.', 'docs', 'docs/from', 'examples', 'examples/tighten'].flatMap(
  (folder) =>
    readdirSync(new URL(`${folder}/`, ROOT))
      .filter((name) => name.endsWith('.md'))
      .map((name) => (folder === '.' ? name : `${folder}/${name}`)),
);

/** The text of a file, by its path from the root of the repository. */
export function page(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** The contents of fenced blocks with this word behind the fence. */
export function blocks(text: string, language: string): readonly string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...text.matchAll(fenced)].map((match) => match[1] ?? '');
}
