// What CHANGELOG.md (https://keepachangelog.com) says of a version: `node scripts/release-notes.mjs 1.2.3`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HEADING = /^## \[([^\]]+)\].*$/gm;

/**
 * The text below the heading of a version, or of `Unreleased`, without blank lines around it.
 *
 * @returns undefined when there is no such heading
 */
export function notesOf(changelog, version) {
  const headings = [...changelog.matchAll(HEADING)];
  const index = headings.findIndex(([, name]) => name === version);
  if (index < 0) return undefined;
  const start = headings[index].index + headings[index][0].length;
  return changelog.slice(start, headings[index + 1]?.index).trim();
}

/** The change log with what was unreleased under the heading of a version. `date` as in 2026-01-31. */
export function cutRelease(changelog, version, date) {
  return changelog.replace('## [Unreleased]', `## [Unreleased]\n\n## [${version}] - ${date}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../CHANGELOG.md', import.meta.url);
  const notes = notesOf(readFileSync(file, 'utf8'), process.argv[2]);
  if (!notes) {
    console.error(`CHANGELOG.md says nothing of ${process.argv[2]}`);
    process.exitCode = 1;
  } else console.log(notes);
}
