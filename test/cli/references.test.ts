import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declare, lines, planned } from '../support/declaration.ts';
import { startTerminal } from '../support/dialogue.ts';
import { encryptWithAge, Keyring, PasswordStore } from '../support/secret-tools.ts';
import { startWorld, type World } from '../support/world.ts';

const APPLY = ['auth', 'apply', '--yes', '--allow-commands'];

/** Credentials of DeepSeek by label, each with its reference as YAML. */
function declareKeys(world: World, keys: Readonly<Record<string, string>>): void {
  const rows = Object.entries(keys).map(([label, key]) => `      ${label}: { api_key: ${key} }`);
  declare(world, `providers:\n  deepseek:\n    credentials:\n${rows.join('\n')}\n`);
}

function stored(world: World): Record<string, unknown> {
  return Object.fromEntries(
    world.home.pool('deepseek').map(({ label, access_token }) => [String(label), access_token]),
  );
}

test('what fails before it is written is told in its place among what one write makes', async () => {
  await using world = await startWorld();
  world.program('vault', { exitCode: 1 });
  for (const name of ['a', 'c']) world.write(name, `${world.canary(name)}\n`);
  declareKeys(world, {
    a: '"file:a"',
    b: '{ command: [vault] }',
    c: '"file:c"',
    d: '{ command: [vault] }',
  });
  const run = await world.gormes([...APPLY, '--json']);
  expect(run.exitCode).toBe(4);
  const events = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(
    events.flatMap(({ event, change }) => (change ? [`${event} ${change.address}`] : [])),
  ).toEqual(['done deepseek/a', 'failed deepseek/b', 'done deepseek/c', 'failed deepseek/d']);
});

describe('programs of Debian', () => {
  let passwords: PasswordStore;
  let keyring: Keyring;
  beforeAll(async () => {
    passwords = new PasswordStore();
    keyring = await Keyring.start();
  });
  afterAll(async () => {
    await passwords[Symbol.asyncDispose]();
    await keyring[Symbol.asyncDispose]();
  });

  test('pass, gopass, age and secret-tool give their keys', async () => {
    const env = { ...passwords.env, ...keyring.env };
    await using world = await startWorld({ env });
    const keys = {
      pass: world.canary('pass'),
      gopass: world.canary('gopass'),
      age: world.canary('age'),
      keyring: world.canary('keyring'),
    };
    passwords.insert('ai/one', `${keys.pass}\nuser: me\n`);
    passwords.insert('ai/two', keys.gopass);
    encryptWithAge(join(world.userHome, 'id.txt'), join(world.cwd, 'key.age'), `${keys.age}\n`);
    keyring.store('ai', 'me', keys.keyring);
    declareKeys(world, {
      pass: '"pass:ai/one"',
      gopass: '"gopass:ai/two"',
      age: '"age:key.age#~/id.txt"',
      keyring: '"keyring:ai/me"',
    });
    expect(await world.gormes(APPLY)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(stored(world)).toEqual(keys);
    expect(
      await world.gormes(['auth', 'plan', '--check-secrets', '--allow-commands']),
    ).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('No changes') });
    passwords.insert('ai/two', world.canary('gopass, new'));
    expect(lines(await planned(world))).toEqual([]);
    expect(lines(await planned(world, ['--check-secrets', '--allow-commands']))).toEqual([
      'rotate deepseek/gopass secret_rotated',
    ]);
  });

  test.each<[reference: string, code: string]>([
    ['pass:ai/none', 'reference_not_found'],
    ['pass:folder', 'reference_not_found'],
    ['pass:empty', 'reference_empty'],
    ['gopass:ai/none', 'reference_not_found'],
    ['gopass:folder', 'reference_not_found'],
    ['gopass:empty', 'reference_empty'],
    ['keyring:ai/nobody', 'reference_not_found'],
    ['age:none.age#~/id.txt', 'reference_not_found'],
    ['age:key.age', 'reference_locked'],
    ['age:key.age#~/other.txt', 'reference_locked'],
    ['age:plain#~/id.txt', 'reference_failed'],
  ])('%s is %s', async (reference, code) => {
    await using world = await startWorld({ env: { ...passwords.env, ...keyring.env } });
    passwords.insert('folder/key', world.canary('in a folder'));
    passwords.insert('empty', '');
    const secret = world.canary('age');
    encryptWithAge(join(world.userHome, 'other.txt'), join(world.cwd, 'x.age'), secret);
    encryptWithAge(join(world.userHome, 'id.txt'), join(world.cwd, 'key.age'), secret);
    world.write('plain', 'not encrypted');
    expect(await codeOf(world, reference)).toBe(code);
  });

  test.each(['pass:locked', 'gopass:locked'])('%s without the key is locked', async (reference) => {
    await using world = await startWorld({ env: passwords.envWithoutKey });
    passwords.insert('locked', world.canary('locked'));
    expect(await codeOf(world, reference)).toBe('reference_locked');
  });

  test('a keyring that can not be reached is locked', async () => {
    await using world = await startWorld();
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${world.cwd}/none` };
    expect(await codeOf(world, 'keyring:ai/me', env)).toBe('reference_locked');
  });
});

/** The code with which a check of one reference fails; it stores nothing. */
async function codeOf(
  world: World,
  reference: string,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  declareKeys(world, { a: JSON.stringify(reference) });
  const args = ['auth', 'validate', '--check-secrets', '--allow-commands', '--json'];
  const run = await world.gormes(args, { env });
  expect(run).toMatchObject({ exitCode: 1, stderr: '' });
  const { valid, secrets } = JSON.parse(run.stdout);
  expect({ valid, found: secrets.found, problems: secrets.problems.length }).toEqual({
    valid: true,
    found: 0,
    problems: 1,
  });
  return secrets.problems[0].code;
}

describe('checking secrets', () => {
  test('validate shows each that can not be had at its place, and keeps nothing', async () => {
    await using world = await startWorld();
    const key = world.canary('a key');
    world.write('k', key);
    world.program('op', { exitCode: 1, stderr: `[ERROR] "i" isn't an item, but ${key}` });
    declareKeys(world, { a: '"file:k"', b: '"op://v/i/f"', c: '"prompt:"', d: '"env:NONE"' });
    const run = await world.gormes(['auth', 'validate', '--check-secrets', '--allow-commands']);
    expect(run).toMatchObject({ exitCode: 1, stderr: '' });
    expect(run.stdout).toContain(
      "error: op://v/i/f can't be read: 1Password does not have it [reference_not_found]\n  gormes.auth.yaml:7:",
    );
    expect(run.stdout).toContain('hint: op item list\n');
    expect(run.stdout).toContain('error: env:NONE is not set');
    expect(run.stdout).toMatch(/\n1 secret found, 2 not, 1 to be asked for at apply\.\n$/);
    expect(world.home.hash()).toBe('absent');
  });

  test('of an invalid declaration starts nothing', async () => {
    await using world = await startWorld();
    world.program('op', {});
    declareKeys(world, { a: '"op://v/i/f"', b: '"nope:x"' });
    const args = ['auth', 'validate', '--check-secrets', '--allow-commands'];
    expect(await world.gormes(args)).toMatchObject({ exitCode: 3 });
    expect(world.calls()).toEqual([]);
  });

  test('in a plan an error concerns its own row, and says what it is', async () => {
    await using world = await startWorld();
    const key = world.canary('a key');
    world.write('k', key);
    declareKeys(world, { a: '"file:k"', b: '"op://v/i/f"' });
    const plan = await planned(world, ['--check-secrets', '--allow-commands']);
    expect(lines(plan)).toEqual([
      'add deepseek/a not_in_pool',
      'unknown deepseek/b reference_failed',
    ]);
    expect(plan.changes[1]).toMatchObject({
      detail: "op://v/i/f can't be read: there is no program op on the PATH",
    });
  });

  test('without the option a stored key is "not checked", and no program starts', async () => {
    await using world = await startWorld();
    const key = world.canary('a key');
    world.program('op', { stdout: key });
    declareKeys(world, { a: '"op://v/i/f"' });
    expect(await world.gormes(APPLY)).toMatchObject({ exitCode: 0 });
    expect(stored(world)).toEqual({ a: key });
    const calls = world.calls().length;
    const plan = await world.gormes(['auth', 'plan']);
    expect(plan.stdout).toContain('op://v/i/f not checked');
    expect(world.calls()).toHaveLength(calls);
  });

  test('apply rotates what changed, and asks each program once', async () => {
    await using world = await startWorld();
    world.program('op', { stdout: world.canary('before') });
    declareKeys(world, { a: '"op://v/i/f"' });
    await world.gormes(APPLY);
    const after = world.canary('after');
    world.program('op', { stdout: after });
    const calls = world.calls('op').length;
    const run = await world.gormes([...APPLY, '--check-secrets']);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('The home is as declared.');
    expect(stored(world)).toEqual({ a: after });
    expect(world.calls('op')).toHaveLength(calls + 1);
  });
});

describe('an apply', () => {
  test('fails what a failing reference is for, and nothing else', async () => {
    await using world = await startWorld();
    const keys = { file: world.canary('file'), op: world.canary('op') };
    world.write('k', keys.file);
    world.program('op', { stdout: keys.op });
    world.program('bw', { exitCode: 1, stderr: 'Vault is locked.' });
    declareKeys(world, {
      file: '"file:k"',
      bw: '"bw:item"',
      op: '"op://v/i/f"',
      long: '{ command: [yes] }',
    });
    const run = await world.gormes(APPLY);
    expect(run).toMatchObject({ exitCode: 4 });
    expect(run.stdout).toContain("bw:item can't be read: Bitwarden is locked [reference_locked]");
    expect(run.stdout).toContain('hint: export BW_SESSION="$(bw unlock --raw)"');
    expect(run.stdout).toContain(
      "yes can't be read: yes printed more than 64 KiB [reference_too_large]",
    );
    expect(stored(world)).toEqual(keys);
  });

  test('starts each distinct program once, whoever needs it', async () => {
    await using world = await startWorld();
    const key = world.canary('shared');
    world.program('op', { stdout: key });
    declareKeys(world, { a: '"op://v/i/f"', b: '"op://v/i/f"', c: '"op://v/i/g"' });
    expect(await world.gormes(APPLY)).toMatchObject({ exitCode: 0 });
    expect(stored(world)).toEqual({ a: key, b: key, c: key });
    expect(
      world
        .calls('op')
        .map(({ argv }) => argv.at(-1))
        .sort(),
    ).toEqual(['op://v/i/f', 'op://v/i/g']);
  });

  test('runs eight programs side by side, and no more', async () => {
    await using world = await startWorld();
    // Each waits until one has seen eight at once, and writes what it saw; with fewer than eight
    // none would end within its limit. Whoever sees a ninth writes that.
    world.write(
      'get.sh',
      'mkdir -p run; : > run/$$; n=0\n' +
        'while [ $n -lt 8 ] && ! [ -e go ]; do n=$(ls run | wc -l); done; echo $n >> counts\n' +
        ': > go; n=$(ls run | wc -l); echo $n >> counts; rm run/$$; echo key-number-$1\n',
    );
    const labels = Array.from({ length: 20 }, (_, i) => String(i + 100));
    declareKeys(
      world,
      Object.fromEntries(labels.map((label) => [label, `{ command: [sh, get.sh, "${label}"] }`])),
    );
    expect(await world.gormes(APPLY)).toMatchObject({ exitCode: 0 });
    expect(stored(world)).toEqual(
      Object.fromEntries(labels.map((label) => [label, `key-number-${label}`])),
    );
    const counts = readFileSync(join(world.cwd, 'counts'), 'utf8').trim().split('\n').map(Number);
    expect(Math.max(...counts)).toBe(8);
  });

  test('asks for every prompt, one after another, after the programs', async () => {
    await using world = await startWorld();
    const [one, two, three] = [world.canary('1'), world.canary('2'), world.canary('3')];
    world.program('op', { stdout: three });
    declareKeys(world, { one: '"prompt:"', two: '"prompt:"', three: '"op://v/i/f"' });
    await using run = startTerminal(world, APPLY);
    await run.answer('Secret for deepseek/one:', one, '\r');
    expect(world.calls('op')).toHaveLength(1);
    await run.answer('Secret for deepseek/two:', two, '\r');
    expect(await run.end()).toBe(0);
    expect(stored(world)).toEqual({ one, two, three });
  });

  test('gives a program no variable that is none of its business', async () => {
    await using world = await startWorld();
    world.home.write('.env', `OPENROUTER_API_KEY=${world.canary('of the home')}\n`);
    world.program('mine', { stdout: world.canary('mine') });
    declareKeys(world, { a: '{ command: [mine, get] }' });
    const env = {
      GITHUB_TOKEN: world.canary('token'),
      ANTHROPIC_API_KEY: world.canary('key'),
      BW_SESSION: world.canary('session'),
    };
    expect(await world.gormes(APPLY, { env })).toMatchObject({ exitCode: 0 });
    const [call] = world.calls('mine');
    expect(call?.argv).toEqual(['get']);
    expect(Object.keys(call?.env ?? {}).sort()).toEqual([
      'HOME',
      'LANG',
      'PATH',
      'TERM',
      'TMPDIR',
      'TZ',
      'XDG_CACHE_HOME',
    ]);
  });
});
