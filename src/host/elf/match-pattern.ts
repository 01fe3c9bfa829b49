/**
 * Returns whether a name fits a pattern of the shell. A bracket stands for any character, so that a file is at most
 * looked at in vain. The text of a star only ever grows, so that every name takes little time.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern.match(/\[[^\]]+\]|[\s\S]/g) ?? [];
  let [at, part] = [0, 0];
  let star: { readonly part: number; readonly at: number } | undefined;
  while (at < name.length || part < parts.length) {
    const wanted = parts[part];
    if (wanted === '*') {
      star = { part, at };
      part += 1;
    } else if (at < name.length && wanted !== undefined && fits(name[at] ?? '', wanted)) {
      at += 1;
      part += 1;
    } else if (star !== undefined && star.at < name.length) {
      star = { part: star.part, at: star.at + 1 };
      [at, part] = [star.at, star.part + 1];
    } else return false;
  }
  return true;
}

function fits(character: string, wanted: string): boolean {
  return wanted === '?' || wanted === character || (wanted.length > 1 && wanted.startsWith('['));
}
