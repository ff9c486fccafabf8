import { join } from 'node:path';

/** True when a pattern has a wildcard: `*` for any text (also `/`), `?` for one character. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** True when the whole text matches; linear in practice, quadratic at worst, and case-sensitive. */
export function matchGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      resume = t;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      // Let the last star take one character more.
      p = star + 1;
      resume += 1;
      t = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** `matchGlob` for paths: a pattern that begins with `~` stands below the user's home. */
export function matchPathGlob(
  pattern: string,
  path: string,
  userHome: string | undefined,
): boolean {
  const below = pattern === '~' || pattern.startsWith('~/') ? pattern.slice(1) : undefined;
  if (below === undefined || userHome === undefined) return matchGlob(pattern, path);
  return matchGlob(join(userHome, below), path);
}
