import { expect, test } from 'vitest';
import { declare } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

function rotating(world: World): void {
  world.home.seed({
    deepseek: [
      { label: 'a', key: world.canary('old'), id: 'aaaaaa' },
      { label: 'b', key: world.canary('kept'), id: 'bbbbbb' },
    ],
  });
  world.write('k', `${world.canary('new')}\n`);
  declare(world, 'providers: { deepseek: { credentials: { a: { api_key: "file:k" } } } }');
}

test('--diff is a unified diff of the pool without its secrets', async () => {
  await using world = await startWorld();
  rotating(world);
  expect(await world.gormes(['auth', 'plan', '--diff'])).toMatchObject({
    exitCode: 0,
    stdout: `--- live
+++ planned
@@ -1,3 +1,3 @@
 deepseek:
-  credential: a  #aaaaaa  api key, manual
+  credential: a  new  api key, manual
   credential: b  #bbbbbb  api key, manual
`,
  });
});

test('--diff prints nothing when only the ledger would change, and says so beside it', async () => {
  await using world = await startWorld();
  world.home.seed({ deepseek: [{ label: 'a', key: world.canary('same') }] });
  declare(world, 'providers: { deepseek: { credentials: { a: { api_key: "prompt:" } } } }');
  const run = await world.gormes(['auth', 'plan', '--diff', '--detailed-exitcode']);
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toContain('1 to note in the ledger');
});

test('--markdown is the same twice, and names the declaration and the home', async () => {
  await using world = await startWorld();
  rotating(world);
  const first = await world.gormes(['auth', 'plan', '--markdown']);
  expect(first.stdout).toContain('`gormes.auth.yaml` → `~/.hermes`');
  expect(first.stdout).toContain('| `±` | `deepseek/a` | rotate | `file:k` | secret changed |');
  expect((await world.gormes(['auth', 'plan', '--markdown'])).stdout).toBe(first.stdout);
});

test('two forms at once are a usage error', async () => {
  await using world = await startWorld();
  rotating(world);
  const run = await world.gormes(['auth', 'plan', '--markdown', '--json']);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
});
