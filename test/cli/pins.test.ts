import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { applied, declare, lines, planned } from '../support/declaration.ts';
import { startWorld, type World } from '../support/world.ts';

// Declared pins (`pin:`): what they do at run time, and whose a pin is.

const SECRET = { allowSecretOnStdout: true } as const;

const CREDENTIALS = 'credentials: { a: { api_key: "file:a" }, b: { api_key: "file:b" } }';
const PINNED = `providers: { xai: { strategy: round_robin, pin: b, ${CREDENTIALS} } }`;
const FREE = `providers: { xai: { strategy: round_robin, ${CREDENTIALS} } }`;

/** A home where an apply pinned xai to `b`. */
async function withPin(): Promise<World> {
  const world = await startWorld();
  for (const name of ['a', 'b']) world.write(name, `${world.canary(name)}\n`);
  declare(world, PINNED);
  await applied(world);
  return world;
}

const use = (world: World, ...args: string[]) => world.gormes(['auth', 'use', 'xai', ...args]);

const token = async (world: World): Promise<string> =>
  (await world.gormes(['auth', 'token', 'xai'], SECRET)).stdout.trimEnd();

function ledger(world: World): JsonObject {
  return world.home.json('gormes/ledger.json');
}

test('token and exec use the declared one and no other, and the home of Hermes has nothing of it', async () => {
  await using world = await withPin();
  const store = world.home.read('auth.json');
  for (let turn = 0; turn < 2; turn++) expect(await token(world)).toBe(world.canary('b'));
  expect(world.home.read('auth.json')).toBe(store);
  expect(store).not.toContain('pin');
  await world.gormes(['auth', 'report', 'xai', 'b', '--status', '429']);
  const run = await world.gormes(['auth', 'token', 'xai']);
  expect(run).toMatchObject({ exitCode: 1, stdout: '' });
  expect(run.stderr).toContain('xai "b" (pinned) is cooling down until');
});

test('a person who pins another one is told, the plan shows it as drift, and apply puts it back', async () => {
  await using world = await withPin();
  const run = await use(world, 'a');
  expect(run).toMatchObject({
    exitCode: 0,
    stderr: 'Note: the declaration test pins "b"; its next apply puts that back.\n',
  });
  expect(await token(world)).toBe(world.canary('a'));
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['use xai/b pin_changed']);
  expect(plan.drift).toEqual([
    { address: 'xai/b', cause: 'repinned', detail: 'its pin was moved to "a" outside' },
  ]);
  const shown = (await world.gormes(['auth', 'plan'])).stdout;
  expect(shown).toContain('  xai/b   its pin was moved to "a" outside\n');
  expect(shown).toMatch(/ {2}~ b +pin +used, and no other; now "a" +declared\n/);
  expect(shown).toContain('Plan: 0 to add, 1 to change, 0 to remove.');
  const diff = (await world.gormes(['auth', 'plan', '--diff'])).stdout;
  expect(diff).toMatch(
    /- {2}credential: a .*, pinned\n- {2}credential: b .*manual\n\+ {2}credential: a .*manual\n\+ {2}credential: b .*, pinned\n/,
  );
  const markdown = (await world.gormes(['auth', 'plan', '--markdown'])).stdout;
  expect(markdown).toContain('| `xai/b` | pin | `used, and no other; now "a"` | declared |');
  await applied(world);
  expect(await token(world)).toBe(world.canary('b'));
});

test('a person who lifts it too', async () => {
  await using world = await withPin();
  const run = await use(world, '--auto', '--json');
  expect(JSON.parse(run.stdout)).toMatchObject({ pinned: null, before: 'b', declared: 'b' });
  const plan = await planned(world);
  expect(lines(plan)).toEqual(['use xai/b pin_changed']);
  expect(plan.drift).toMatchObject([{ detail: 'its pin was lifted outside' }]);
  await applied(world);
  expect(await token(world)).toBe(world.canary('b'));
});

test('dropping the line lifts only what an apply set: a person’s own pin over it stays', async () => {
  await using world = await withPin();
  await use(world, 'a');
  declare(world, FREE);
  const plan = await planned(world);
  expect(plan).toMatchObject({ changes: [], drift: [] });
  expect((await world.gormes(['auth', 'plan'])).stdout).toContain(
    'pinned: nothing else is used until gormes auth use xai --auto',
  );
  expect(await token(world)).toBe(world.canary('a'));
});

test('a person who lifts it and pins the same again has a pin of their own', async () => {
  await using world = await withPin();
  await use(world, '--auto');
  await use(world, 'b');
  expect(await planned(world)).toMatchObject({ empty: true, drift: [] });
  declare(world, FREE);
  expect(await planned(world)).toMatchObject({ empty: true });
  expect(await token(world)).toBe(world.canary('b'));
});

test('a person’s pin that says what the declaration says is not taken over', async () => {
  await using world = await withPin();
  declare(world, FREE);
  await applied(world);
  await use(world, 'a');
  declare(world, PINNED.replace('pin: b', 'pin: a'));
  expect(await planned(world)).toMatchObject({ empty: true });
  declare(world, FREE);
  expect(await planned(world)).toMatchObject({ empty: true });
  expect(await token(world)).toBe(world.canary('a'));
});

test('what an apply no longer says is forgotten by the next one', async () => {
  await using world = await withPin();
  await use(world, 'a');
  declare(world, FREE.replace('round_robin', 'random'));
  await applied(world);
  expect(ledger(world)).not.toHaveProperty('owned_pins');
  expect(ledger(world).pins).toMatchObject({ xai: { label: 'a' } });
});

test('a pin stays on a key that is rotated and relabelled, whoever set it', async () => {
  await using world = await withPin();
  await use(world, 'a');
  const rotated = world.canary('next a');
  world.write('a', `${rotated}\n`);
  declare(world, FREE);
  await applied(world);
  expect(ledger(world).pins).toEqual({
    xai: { id: world.home.pool('xai')[0]?.id, label: 'a' },
  });
  declare(world, `moved: [{ from: xai/a, to: xai/z }]\n${FREE.replace('a: {', 'z: {')}`);
  expect(lines(await planned(world))).toEqual([
    'move xai/a declared_moved',
    'relabel xai/z label_changed',
  ]);
  await applied(world);
  expect(ledger(world).pins).toMatchObject({ xai: { label: 'z' } });
  expect(await token(world)).toBe(rotated);
});

test('a rename of the pinned one changes nothing else, and the pin stays ours', async () => {
  await using world = await withPin();
  declare(
    world,
    `moved: [{ from: xai/b, to: xai/z }]\n${PINNED.replace('b: {', 'z: {').replace('pin: b', 'pin: z')}`,
  );
  expect(lines(await planned(world))).toEqual([
    'move xai/b declared_moved',
    'relabel xai/z label_changed',
  ]);
  await applied(world);
  declare(world, FREE.replace('b: {', 'z: {'));
  expect(lines(await planned(world))).toEqual(['use xai pin_dropped']);
});

test('where no pin is declared, none is touched', async () => {
  await using world = await startWorld();
  world.write('a', `${world.canary('a')}\n`);
  world.home.seed({ xai: [{ label: 'theirs', key: world.canary('theirs') }] });
  await use(world, 'theirs');
  declare(world, 'providers: { xai: { credentials: { a: { api_key: "file:a" } } } }');
  await applied(world);
  expect(await token(world)).toBe(world.canary('theirs'));
});

test('a pin waits for its credential: pending with it, left when it fails', async () => {
  await using world = await startWorld();
  declare(world, 'providers: { anthropic: { pin: max, credentials: { max: { type: oauth } } } }');
  const pending = await world.gormes(['auth', 'apply', '--yes', '--no-input']);
  expect(pending.exitCode).toBe(5);
  expect(pending.stdout).toContain('waits for what it pins');
  // Looked up at apply only, and fails then.
  world.program('vault', { exitCode: 1 });
  declare(
    world,
    'providers: { xai: { pin: c, credentials: { c: { api_key: { command: [vault] } } } } }',
  );
  expect(lines(await planned(world))).toEqual(['add xai/c not_in_pool', 'use xai/c pin_changed']);
  const failed = await world.gormes(['auth', 'apply', '--yes', '--allow-commands']);
  expect(failed.exitCode).toBe(4);
  expect(failed.stdout).toContain('what it pins failed');
  // Known to fail: there is nothing to pin.
  declare(world, 'providers: { xai: { pin: c, credentials: { c: { api_key: "file:none" } } } }');
  expect(lines(await planned(world))).toEqual(['unknown xai/c reference_failed']);
  expect(world.home.exists('gormes/ledger.json')).toBe(false);
});

test('another declaration’s pin is blocked, and taken over when asked', async () => {
  await using world = await withPin();
  const other = world.write(
    'other.yaml',
    'version: 1\nname: other\nproviders: { xai: { pin: c, credentials: { c: { api_key: "file:c" } } } }\n',
  );
  world.write('c', `${world.canary('c')}\n`);
  const plan = await planned(world, ['-f', other]);
  expect(lines(plan)).toEqual(['add xai/c not_in_pool', 'blocked xai/c other_declaration']);
  expect(plan.changes[1]).toMatchObject({ blocks: 'use' });
  const args = ['auth', 'apply', '-f', other, '--yes'];
  expect(await world.gormes(args)).toMatchObject({ exitCode: 1 });
  expect(await world.gormes([...args, '--take-over'])).toMatchObject({ exitCode: 0 });
  expect(await token(world)).toBe(world.canary('c'));
});

test('a saved plan is stale once a person has pinned something', async () => {
  await using world = await withPin();
  declare(world, PINNED.replace('pin: b', 'pin: a'));
  await world.gormes(['auth', 'plan', '--out', 'plan']);
  await use(world, '--auto');
  expect(await world.gormes(['auth', 'apply', 'plan'])).toMatchObject({ exitCode: 6 });
  await world.gormes(['auth', 'plan', '--out', 'plan']);
  expect(await world.gormes(['auth', 'apply', 'plan'])).toMatchObject({ exitCode: 0 });
  expect(await token(world)).toBe(world.canary('a'));
});

test('a dump writes the pin, fmt keeps it, and planning it does nothing but adopt', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: [
      { label: 'a', key: world.canary('a') },
      { label: '7', key: world.canary('7') },
    ],
  });
  await use(world, '7');
  const dump = await world.gormes(['auth', 'dump']);
  expect(dump.stdout).toContain('  xai:\n    pin: "7"\n    credentials:\n');
  world.write('gormes.auth.yaml', dump.stdout);
  expect(await world.gormes(['auth', 'fmt', '--check'])).toMatchObject({ exitCode: 0 });
  expect(lines(await planned(world))).toEqual([
    'adopt xai/a label_matches',
    'adopt xai/7 label_matches',
  ]);
  await applied(world);
  expect((await world.gormes(['auth', 'dump'])).stdout).toContain('pin: "7"');
});

test('a dump says which pin it left out', async () => {
  await using world = await startWorld();
  world.home.seed({
    xai: [
      { label: 'twice', key: world.canary('1'), id: '1a1a1a' },
      { label: 'twice', key: world.canary('2'), id: '2b2b2b' },
    ],
  });
  await use(world, '2b2b2b');
  const dump = await world.gormes(['auth', 'dump']);
  expect(dump.stdout).toMatch(/^# .*left out: the pin on "twice"/m);
  world.write('gormes.auth.yaml', dump.stdout);
  expect(await planned(world)).toMatchObject({ empty: true });
});

test('a snapshot tells pins and whose they are, so that a plan against it is the same', async () => {
  await using world = await withPin();
  declare(world, PINNED.replace('pin: b', 'pin: a'));
  world.write('snapshot.json', (await world.gormes(['auth', 'snapshot'])).stdout);
  const against = await planned(world, ['--against', 'snapshot.json']);
  expect(lines(against)).toEqual(['use xai/a pin_changed']);
  declare(world, FREE);
  expect(lines(await planned(world, ['--against', 'snapshot.json']))).toEqual([
    'use xai pin_dropped',
  ]);
  await use(world, 'a');
  world.write('snapshot.json', (await world.gormes(['auth', 'snapshot'])).stdout);
  expect(lines(await planned(world, ['--against', 'snapshot.json']))).toEqual([]);
});
