/** Returns a name for the service of a program: the last part of its path, with forbidden characters replaced. */
export function serviceNameOf(program: string): string | undefined {
  const last = program.slice(program.lastIndexOf('/') + 1);
  const name = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);
  return name === '' ? undefined : name;
}
