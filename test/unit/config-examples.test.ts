import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { diskFiles } from '../../src/config/declaration-files.ts';
import { loadDeclaration } from '../../src/config/load-declaration.ts';
import { context } from './fixtures-config/load.ts';

const dir = fileURLToPath(new URL('../../examples', import.meta.url));
const mains = readdirSync(dir).filter((name) => name.endsWith('.yaml'));

function loadExample(name: string, host: string) {
  const path = join(dir, name);
  const input = { path, bytes: readFileSync(path) };
  return loadDeclaration(input, { ...context(diskFiles), cwd: dir, host });
}

test('there are examples', () => {
  expect(mains).toEqual(
    expect.arrayContaining(['gormes.auth.yaml', 'minimal.yaml', 'team.yaml', 'ci.yaml']),
  );
});

test.each(mains.flatMap((name) => [[name, 'laptop'] as const, [name, 'ci-1'] as const]))(
  '%s is valid without warnings on %s',
  async (name, host) => {
    const { desired, diagnostics } = await loadExample(name, host);
    expect(diagnostics).toEqual([]);
    expect(desired?.providers.length).toBeGreaterThan(0);
  },
);

test('the team example joins its files', async () => {
  const { desired } = await loadExample('team.yaml', 'laptop');
  expect(desired?.providers.map((p) => p.id)).toEqual([
    'anthropic',
    'openrouter',
    'gemini',
    'custom:speech-lab',
  ]);
});

test('the lines that the full example comments out are valid too', async () => {
  const text = readFileSync(join(dir, 'gormes.auth.yaml'), 'utf8')
    // A comment that is one key, with a mapping, a list or nothing behind it.
    .replace(/^( *)# ( *[a-z0-9_-]+:(?: [{[].*)?)$/gm, '$1$2');
  const input = { path: join(dir, 'gormes.auth.yaml'), bytes: Buffer.from(text) };
  const { desired, diagnostics } = await loadDeclaration(input, {
    ...context(diskFiles),
    cwd: dir,
  });
  expect(diagnostics).toEqual([]);
  expect(desired?.providers.map((p) => p.id)).toEqual(
    expect.arrayContaining(['gemini', 'nous', 'qwen-oauth', 'bedrock', 'spotify']),
  );
  expect(desired?.mcpServers.map((server) => server.name)).toEqual(['linear']);
  expect(desired?.homes).toHaveLength(2);
});
