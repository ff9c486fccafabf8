import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applied, declare, lines, planned } from '../support/declaration.ts';
import { startTerminal } from '../support/dialogue.ts';
import { startWorld, type World } from '../support/world.ts';

const LIST = '~/.local/state/gormes/trust.json';

/** A declaration whose command leaves a file behind, and a key that needs no program. */
function declareCommand(
  world: World,
  more = '',
): { readonly left: string; readonly secret: string } {
  const secret = world.canary('of the command');
  const plain = world.canary('of the file');
  world.write('~/secret', `${secret}\n`);
  world.write('~/plain', `${plain}\n`);
  world.program('my-vault', { stdout: `${secret}\n` });
  declare(
    world,
    `
providers:
  deepseek:
    credentials:
      by-file: { api_key: "file:~/plain" }
      by-command: { api_key: { command: [sh, -c, 'touch left; cat "$HOME/secret"'] } }
${more}`,
  );
  return { left: join(world.cwd, 'left'), secret };
}

function labels(world: World): unknown[] {
  return world.home.pool('deepseek').map(({ label }) => label);
}

describe('an untrusted declaration', () => {
  test.each<[name: string, args: readonly string[], exitCode: number]>([
    ['validate', ['auth', 'validate'], 0],
    ['validate --check-secrets', ['auth', 'validate', '--check-secrets'], 5],
    ['plan', ['auth', 'plan'], 0],
    ['plan --json', ['auth', 'plan', '--json'], 0],
    ['plan --check-secrets', ['auth', 'plan', '--check-secrets'], 5],
    [
      'plan --check-secrets --detailed-exitcode',
      ['auth', 'plan', '--check-secrets', '--detailed-exitcode'],
      5,
    ],
    ['apply --yes', ['auth', 'apply', '--yes'], 5],
    ['apply --yes --check-secrets', ['auth', 'apply', '--yes', '--check-secrets'], 5],
    ['apply --yes --no-input', ['auth', 'apply', '--yes', '--no-input'], 5],
    ['trust without a terminal', ['auth', 'trust'], 5],
    ['trust --list', ['auth', 'trust', '--list'], 0],
    ['trust --revoke', ['auth', 'trust', '--revoke'], 0],
  ])('%s starts no program', async (_name, args, exitCode) => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    expect(await world.gormes(args)).toMatchObject({ exitCode });
    expect(existsSync(left)).toBe(false);
    expect(world.calls()).toEqual([]);
    expect(existsSync(listOf(world))).toBe(false);
  });

  test('leaves its change pending, says what to do, and the rest goes on', async () => {
    await using world = await startWorld();
    declareCommand(world);
    const run = await world.gormes(['auth', 'apply', '--yes']);
    expect(run.exitCode).toBe(5);
    expect(run.stdout).toContain('✓ + deepseek/by-file');
    expect(run.stdout).toMatch(
      /… \+ deepseek\/by-command {2}add: sh -c .* was not looked up: .*gormes\.auth\.yaml is not trusted to start programs; read it, then: gormes auth trust\n/,
    );
    expect(labels(world)).toEqual(['by-file']);
  });

  test('from standard input can not be trusted', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    const input =
      'version: 1\nproviders: { deepseek: { credentials: { a: { api_key: { command: [touch, left] } } } } }\n';
    expect(await world.gormes(['auth', 'trust', '--yes', '-'], { input })).toMatchObject({
      exitCode: 64,
    });
    const apply = await world.gormes(['auth', 'apply', '--yes', '-f', '-'], { input });
    expect(apply).toMatchObject({ exitCode: 5 });
    expect(apply.stdout).toContain('pass --allow-commands');
    expect(existsSync(left)).toBe(false);
  });
});

function listOf(world: World): string {
  return join(world.userHome, LIST.slice(2));
}

async function trust(world: World, args: readonly string[] = []): Promise<string> {
  const run = await world.gormes(['auth', 'trust', '--yes', ...args]);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return run.stdout;
}

describe('a trusted declaration', () => {
  test('starts its programs, and the key is stored', async () => {
    await using world = await startWorld();
    const { left, secret } = declareCommand(world);
    expect(await trust(world)).toBe(
      `${world.cwd}/gormes.auth.yaml may start, as long as it stays as it is:\n  sh -c 'touch left; cat "$HOME/secret"'\n      for deepseek/by-command\n`,
    );
    expect(statSync(listOf(world)).mode & 0o777).toBe(0o600);
    expect(existsSync(left), 'trusting starts nothing').toBe(false);
    await applied(world);
    expect(existsSync(left)).toBe(true);
    expect(world.home.pool('deepseek')).toMatchObject([{}, { access_token: secret }]);
  });

  test.each<[name: string, change: (world: World) => void]>([
    ['its file', (world) => declareCommand(world, '# a comment\n')],
    ['a part of it', (world) => world.write('auth.d/a.yaml', 'providers: {}\n# new\n')],
    ['its parts', (world) => world.write('auth.d/b.yaml', 'providers: {}\n')],
    ['a script that it names', (world) => world.write('get.sh', 'touch left # new\n')],
    [
      'a command of it',
      (world) =>
        declare(
          world,
          'providers: { deepseek: { credentials: { a: { api_key: { command: [touch, left] } } } } }',
        ),
    ],
  ])('that changed in %s is untrusted', async (_name, change) => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    world.write('auth.d/a.yaml', 'providers: {}\n');
    world.write('get.sh', 'touch left\n');
    declareCommand(
      world,
      'include: [auth.d/*.yaml]\ncustom_providers: { x: { base_url: https://x.example/v1, credentials: { k: { api_key: { command: [sh, get.sh] } } } } }',
    );
    await trust(world);
    change(world);
    const run = await world.gormes(['auth', 'apply', '--yes']);
    expect(run).toMatchObject({ exitCode: 5 });
    expect(run.stdout).toContain('changed since you trusted it');
    expect(existsSync(left)).toBe(false);
  });

  test('is that path alone, by whatever way one comes to it', async () => {
    await using world = await startWorld();
    declareCommand(world);
    await trust(world);
    symlinkSync('gormes.auth.yaml', join(world.cwd, 'link.yaml'));
    world.write('copy/gormes.auth.yaml', '');
    const text =
      'version: 1\nname: test\nproviders: { deepseek: { credentials: { a: { api_key: { command: [touch, left] } } } } }\n';
    world.write('copy/gormes.auth.yaml', text);
    expect(
      await world.gormes(['auth', 'apply', '--yes', '-f', 'copy/gormes.auth.yaml']),
    ).toMatchObject({ exitCode: 5 });
    expect(await world.gormes(['auth', 'apply', '--yes', '-f', 'link.yaml'])).toMatchObject({
      exitCode: 0,
    });
  });

  test('that an overlay of another home changes is asked about what was not shown', async () => {
    await using world = await startWorld();
    declareCommand(
      world,
      'overlays:\n  - when: { home: "*/other" }\n    providers: { deepseek: { credentials: { more: { api_key: { command: [touch, left-too] } } } } }',
    );
    await trust(world);
    const run = await world.gormes([
      'auth',
      'apply',
      '--yes',
      '--home',
      join(world.userHome, 'other'),
    ]);
    expect(run).toMatchObject({ exitCode: 5 });
    expect(existsSync(join(world.cwd, 'left-too'))).toBe(false);
    expect(existsSync(join(world.cwd, 'left'))).toBe(false);
  });

  test('is listed, and no longer when its word is taken back', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    const path = join(world.cwd, 'gormes.auth.yaml');
    expect((await world.gormes(['auth', 'trust', '--list'])).stdout).toBe(
      'No declaration is trusted to start programs.\n',
    );
    await trust(world);
    expect((await world.gormes(['auth', 'trust'])).stdout).toBe(`${path} is trusted already.\n`);
    const list = await world.gormes(['auth', 'trust', '--list']);
    expect(list.stdout).toContain(`${path}\n  command:["sh","-c",`);
    const json = JSON.parse((await world.gormes(['auth', 'trust', '--list', '--json'])).stdout);
    expect(json).toMatchObject({ trusted: [{ declaration: path, state: 'as_trusted' }] });
    expect((await world.gormes(['auth', 'trust', '--revoke'])).stdout).toBe(
      `${path} is trusted no longer.\n`,
    );
    expect((await world.gormes(['auth', 'trust', '--revoke'])).stdout).toBe(
      `${path} was not trusted.\n`,
    );
    expect(await world.gormes(['auth', 'apply', '--yes'])).toMatchObject({ exitCode: 5 });
    expect(existsSync(left)).toBe(false);
  });

  test('that starts nothing needs no word', async () => {
    await using world = await startWorld();
    declare(world, 'providers: {}');
    expect(await trust(world)).toContain('starts no program');
    expect(existsSync(listOf(world))).toBe(false);
  });

  test('that is invalid gets none', async () => {
    await using world = await startWorld();
    declare(world, 'providers: { nope: [] }');
    expect(await world.gormes(['auth', 'trust', '--yes'])).toMatchObject({ exitCode: 3 });
  });
});

describe('the list of trust', () => {
  test('that others may write trusts nobody', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    await trust(world);
    chmodSync(listOf(world), 0o666);
    const run = await world.gormes(['auth', 'apply', '--yes']);
    expect(run.stdout).toContain('[trust_list_unsafe]');
    expect(existsSync(left)).toBe(false);
  });

  test('that comes with a checkout is not read', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    await trust(world);
    const state = join(world.cwd, 'state/gormes');
    mkdirSync(state, { recursive: true });
    symlinkSync(listOf(world), join(state, 'trust.json'));
    const env = { XDG_STATE_HOME: join(world.cwd, 'state') };
    const run = await world.gormes(['auth', 'apply', '--yes'], { env });
    expect(run).toMatchObject({ exitCode: 5 });
    expect(run.stdout).toContain('would lie beside');
    expect(existsSync(left)).toBe(false);
  });
});

describe('--allow-commands', () => {
  test.each<[name: string, args: readonly string[]]>([
    ['validate', ['auth', 'validate', '--check-secrets', '--allow-commands']],
    ['plan', ['auth', 'plan', '--check-secrets', '--allow-commands']],
    ['apply', ['auth', 'apply', '--yes', '--allow-commands']],
  ])('lets %s start programs, and nothing is remembered', async (_name, args) => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    expect(await world.gormes(args)).toMatchObject({ exitCode: 0 });
    expect(existsSync(left)).toBe(true);
    expect(existsSync(listOf(world))).toBe(false);
  });

  test.each([
    ['validate', ['auth', 'validate', '--allow-commands']],
    ['plan', ['auth', 'plan', '--allow-commands']],
  ])('alone makes %s start none', async (_name, args) => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    expect(await world.gormes(args)).toMatchObject({ exitCode: 0 });
    expect(existsSync(left)).toBe(false);
  });

  test('holds for standard input', async () => {
    await using world = await startWorld();
    const key = world.canary('input');
    world.write('~/k', key);
    const input =
      'version: 1\nproviders: { deepseek: { credentials: { a: { api_key: { command: [sh, -c, "cat $HOME/k"] } } } } }\n';
    expect(
      await world.gormes(['auth', 'apply', '--yes', '-f', '-', '--allow-commands'], { input }),
    ).toMatchObject({ exitCode: 0 });
    expect(world.home.pool('deepseek')).toMatchObject([{ access_token: key }]);
  });
});

// Only root can give a file away; a test machine that is not root has no such file to meet.
describe.runIf(process.geteuid?.() === 0)('a file of another user', () => {
  test.each<[name: string, file: string, flags: readonly string[]]>([
    ['the declaration', 'gormes.auth.yaml', []],
    ['the declaration, whatever is allowed', 'gormes.auth.yaml', ['--allow-commands']],
    ['an included part', 'auth.d/a.yaml', ['--allow-commands']],
    ['a script that is named', 'get.sh', ['--allow-commands']],
  ])('is refused: %s', async (_name, file, flags) => {
    await using world = await startWorld();
    world.write('auth.d/a.yaml', 'providers: {}\n');
    world.write('get.sh', 'touch left\n');
    declare(
      world,
      'include: [auth.d/*.yaml]\nproviders: { deepseek: { credentials: { a: { api_key: { command: [sh, get.sh] } } } } }',
    );
    chownSync(join(world.cwd, file), 12345, 12345);
    const apply = await world.gormes(['auth', 'apply', '--yes', ...flags]);
    expect(apply).toMatchObject({ exitCode: 5 });
    expect(apply.stdout).toContain('belongs to another user');
    expect(await world.gormes(['auth', 'trust', '--yes'])).toMatchObject({ exitCode: 5 });
    expect(existsSync(join(world.cwd, 'left'))).toBe(false);
  });
});

describe('on a terminal', () => {
  test('apply shows every program and asks once', async () => {
    await using world = await startWorld();
    const { secret } = declareCommand(
      world,
      '  xai: { credentials: { k: { api_key: { command: [my-vault, "get it"] } } } }',
    );
    await using run = startTerminal(world, ['auth', 'apply', '--yes']);
    await run.see('to start them? (yes/no)');
    expect(run.screen).toContain('gormes.auth.yaml starts programs to get secrets:');
    expect(run.screen).toContain('sh -c \'touch left; cat "$HOME/secret"\'');
    expect(run.screen).toContain("my-vault 'get it'");
    expect(world.calls(), 'nothing was started before the answer').toEqual([]);
    run.press('yes', '\r');
    expect(await run.end()).toBe(0);
    expect(world.home.pool('xai')).toMatchObject([{ access_token: secret }]);
    // No second question: without a terminal, too.
    expect(lines(await planned(world, ['--check-secrets']))).toEqual([]);
  });

  test.each([
    ['no', 5],
    ['', 5],
    ['maybe', 5],
  ])('the answer "%s" starts nothing, and the rest goes on', async (answer, exitCode) => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    await using run = startTerminal(world, ['auth', 'apply', '--yes']);
    await run.answer('to start them? (yes/no)', answer, '\r');
    expect(await run.end()).toBe(exitCode);
    expect(existsSync(left)).toBe(false);
    expect(labels(world)).toEqual(['by-file']);
    expect(existsSync(listOf(world))).toBe(false);
  });

  test('a no is not asked for twice', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    await using run = startTerminal(world, ['auth', 'apply', '--yes', '--check-secrets']);
    await run.answer('to start them? (yes/no)', 'no', '\r');
    expect(await run.end()).toBe(5);
    expect(run.screen.split('to start them?')).toHaveLength(2);
    expect(existsSync(left)).toBe(false);
  });

  test('Ctrl-C at the question changes nothing', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    await using run = startTerminal(world, ['auth', 'apply', '--yes']);
    await run.answer('to start them? (yes/no)', '\x03');
    expect(await run.end()).toBe(130);
    expect(existsSync(left)).toBe(false);
    expect(world.home.exists('auth.json')).toBe(false);
  });

  test('--no-input asks nothing', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    await using run = startTerminal(world, ['auth', 'apply', '--yes', '--no-input']);
    expect(await run.end()).toBe(5);
    expect(run.screen).not.toContain('(yes/no)');
    expect(existsSync(left)).toBe(false);
  });

  test('plan --check-secrets asks, trust asks', async () => {
    await using world = await startWorld();
    const { left } = declareCommand(world);
    await using plan = startTerminal(world, ['auth', 'plan', '--check-secrets']);
    await plan.answer('to start them? (yes/no)', 'no', '\r');
    expect(await plan.end()).toBe(5);
    expect(existsSync(left)).toBe(false);
    await using ask = startTerminal(world, ['auth', 'trust']);
    await ask.answer('to start them? (yes/no)', 'yes', '\r');
    expect(await ask.end()).toBe(0);
    expect(await world.gormes(['auth', 'validate', '--check-secrets'])).toMatchObject({
      exitCode: 0,
    });
    expect(existsSync(left)).toBe(true);
  });
});
