/** The manual pages, as groff shows them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GLOBAL_OPTIONS } from '../../src/cli/global-options.ts';
import { FORMS } from '../../src/cli/help/forms.generated.js';

const repo = new URL('../../', import.meta.url).pathname;
const pages = readdirSync(join(repo, 'man'));

/** What a page shows, without line breaks; whatever groff has to say about it fails the test. */
function shown(page: string): string {
  const run = spawnSync('groff', ['-man', '-ww', '-Tutf8', '-P-cbou', join(repo, 'man', page)], {
    encoding: 'utf8',
  });
  expect(run, run.stderr).toMatchObject({ status: 0, stderr: '' });
  return run.stdout.replace(/\s+/g, ' ');
}

test('there is a page for the program and one for each command, and npm installs them', () => {
  const expected = FORMS.map(({ words }) => `gormes-${words.replaceAll(' ', '-')}.1`);
  expect(pages.sort()).toEqual(['gormes.1', ...expected].sort());
  const { man } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'));
  expect(man.sort()).toEqual(pages.map((page) => `man/${page}`));
});

test('the page of the program leads to every command, and has every exit code', () => {
  const text = shown('gormes.1');
  for (const { words } of FORMS) expect(text).toContain(`gormes-${words.replaceAll(' ', '-')}(1)`);
  for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 64, 130]) expect(text).toContain(` ${code} `);
});

test.each(FORMS.map((form) => [form.words, form] as const))(
  '%s: its page has all of it',
  (words, form) => {
    const text = shown(`gormes-${words.replaceAll(' ', '-')}.1`);
    expect(text).toContain(['[options]', ...form.arguments].join(' '));
    for (const { names, description } of [...form.options, ...GLOBAL_OPTIONS]) {
      expect(text).toContain(names.join(', '));
      expect(text).toContain(description.replaceAll('`', ''));
    }
    for (const paragraph of form.details.split('\n\n')) {
      expect(text).toContain(paragraph.replaceAll('`', '').replace(/\s+/g, ' '));
    }
    for (const [, line] of form.examples) expect(text).toContain(line.replace('$0', 'gormes'));
  },
);
