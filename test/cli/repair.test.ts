import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

/** Two providers with three keys, and the bytes of the file. */
function seeded(world: World): string {
  world.home.seed(
    {
      openrouter: [
        { label: 'one', key: world.canary('one') },
        { label: 'two', key: world.canary('two') },
      ],
      xai: [{ label: 'three', key: world.canary('three') }],
    },
    { some_future_key: { keep: 'me' } },
  );
  return world.home.read('auth.json');
}

function keptFiles(world: World): string[] {
  return readdirSync(world.home.dir).filter((name) => name.startsWith('auth.json.damaged.'));
}

test('a cut store keeps what is whole; the original stays beside it, 0600', async () => {
  await using world = await startWorld();
  const text = seeded(world);
  const cut = text.slice(0, text.indexOf('"three"'));
  world.home.write('auth.json', cut, 0o644);
  const run = await world.gormes(['auth', 'repair', '--yes']);
  expect(run.exitCode).toBe(0);
  expect(run.stderr).toContain('openrouter: one, two');
  expect(run.stderr).toContain('Lost: 1 credential that cannot be read.');
  const [name = ''] = keptFiles(world);
  expect(run.stdout).toContain(name);
  expect(world.home.read(name)).toBe(cut);
  expect(statSync(world.home.path(name)).mode & 0o777).toBe(0o600);
  expect(world.home.pool('openrouter').map((row) => row.label)).toEqual(['one', 'two']);
  expect(await world.gormes(['auth', 'list'])).toMatchObject({ exitCode: 0 });
});

test('without --yes and without a terminal it shows what it would keep and changes nothing, exit 5', async () => {
  await using world = await startWorld();
  world.home.write('auth.json', seeded(world).slice(0, -30));
  const before = world.home.hash();
  const run = await world.gormes(['auth', 'repair']);
  expect(run).toMatchObject({ exitCode: 5, stdout: '' });
  expect(run.stderr).toContain('xai: three');
  expect(run.stderr).toContain('gormes auth repair --yes');
  expect(world.home.hash()).toBe(before);
});

test.each([
  ['empty', ''],
  ['an empty object', '{}\n'],
  ['a list', '[]'],
])('%s is not a store: nothing can be restored, and the original stays', async (_name, text) => {
  await using world = await startWorld();
  world.home.write('auth.json', text);
  expect(await world.gormes(['auth', 'list'])).toMatchObject({ exitCode: 1 });
  const run = await world.gormes(['auth', 'repair', '--yes']);
  expect(run.exitCode).toBe(0);
  expect(run.stderr).toContain('Nothing in it can be restored.');
  expect(keptFiles(world)).toHaveLength(1);
  expect(await world.gormes(['auth', 'list'])).toMatchObject({ exitCode: 0 });
});

test('NaN and duplicate keys, which refuse every write, are mended', async () => {
  await using world = await startWorld();
  const text = seeded(world);
  const nan = text.replace('"request_count": 0', '"request_count": NaN');
  world.home.write('auth.json', nan);
  expect(await world.gormes(['auth', 'repair', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(world.home.read('auth.json')).toBe(
    text.replace('"request_count": 0', '"request_count": null'),
  );
  world.home.write('auth.json', text.replace('"version": 1,', '"version": 1, "version": 1,'));
  expect(await world.gormes(['auth', 'repair', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(await world.gormes(['auth', 'reset', 'xai'])).toMatchObject({ exitCode: 0 });
});

test('UTF-16 is read', async () => {
  await using world = await startWorld();
  const text = seeded(world);
  writeFileSync(world.home.path('auth.json'), `\ufeff${text}`, 'utf16le');
  expect(await world.gormes(['auth', 'repair', '--yes'])).toMatchObject({ exitCode: 0 });
  expect(world.home.pool('xai').map((row) => row.label)).toEqual(['three']);
});

test('a complete copy that a killed write left is used before anything is guessed', async () => {
  await using world = await startWorld();
  const text = seeded(world);
  const temp = `auth.json.tmp.4711.${'0'.repeat(32)}`;
  world.home.write(temp, text);
  world.allowSecretIn(world.home.path(temp));
  world.home.write('auth.json', text.slice(0, 200));
  const run = await world.gormes(['auth', 'repair', '--yes']);
  expect(run.stderr).toContain(temp);
  expect(world.home.read('auth.json')).toBe(text);
  expect(world.home.exists(temp)).toBe(false);
});

test('a whole store is left alone, and so is none', async () => {
  await using world = await startWorld();
  expect(await world.gormes(['auth', 'repair'])).toMatchObject({ exitCode: 0 });
  expect(world.home.hash()).toBe('absent');
  seeded(world);
  const before = world.home.hash();
  expect((await world.gormes(['auth', 'repair', '--json'])).stdout).toContain('"whole"');
  expect(world.home.hash()).toBe(before);
});

test('a newer version is not damaged, and a directory is not a file', async () => {
  await using world = await startWorld();
  world.home.write('auth.json', seeded(world).replace('"version": 1', '"version": 2'));
  const before = world.home.hash();
  const newer = await world.gormes(['auth', 'repair', '--yes']);
  expect(newer).toMatchObject({ exitCode: 1 });
  expect(newer.stderr).toContain('[auth_newer_version]');
  expect(world.home.hash()).toBe(before);
  await using other = await startWorld();
  mkdirSync(other.home.path('auth.json'), { recursive: true });
  expect((await other.gormes(['auth', 'repair', '--yes'])).stderr).toContain('[not_a_file]');
});
