import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const REPO = new URL('../../', import.meta.url).pathname;

/** A fenced block of a Markdown file. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: `run`, `file=NAME`. */
  readonly mark: string;
  readonly text: string;
}

const FENCE = /^```(\w+)[ \t]*([^\n]*)\n(.*?)^```$/gms;

/** Every Markdown file that we write, by its path from the root of the checkout. */
export function documents(): string[] {
  const below = readdirSync(join(REPO, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...pages].sort();
}

export function readDocument(name: string): string {
  return readFileSync(join(REPO, name), 'utf8');
}

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(FENCE)].map(([, language = '', mark = '', body = '']) => ({
    language,
    mark: mark.trim(),
    text: body,
  }));
}

/** Replaces the texts of the blocks that `replace` knows; for `UPDATE_DOCS=1`. */
export function mapBlocks(text: string, replace: (index: number) => string | undefined): string {
  let index = -1;
  return text.replace(FENCE, (whole, language: string, mark: string) => {
    index += 1;
    const body = replace(index);
    return body === undefined ? whole : `\`\`\`${language} ${mark}\n${body}\`\`\``;
  });
}

/** Links within the checkout that lead nowhere, as written. */
export function brokenLinks(name: string): string[] {
  const prose = readDocument(name)
    .replace(FENCE, '')
    .replace(/`[^`\n]*`/g, '');
  const links = [
    ...prose.matchAll(/\]\(([^)\s]+)\)/g),
    ...prose.matchAll(/\bsrc(?:set)?="([^"]+)"/g),
  ].map((match) => match[1] ?? '');
  return links.filter((link) => !/^[a-z]+:/.test(link) && !isThere(name, link));
}

function isThere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? join(REPO, from) : resolve(REPO, dirname(from), path);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || relative(REPO, file).startsWith('..')) return false;
  return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
}

/** Anchors of headings as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const headings = [...text.replace(FENCE, '').matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
