import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCanaries, makeCanary } from '../support/canaries.ts';
import { startWorld, type World } from '../support/world.ts';
import { notPermitted } from './disk.ts';
import { figure, LIMIT_MS } from './sizes.ts';

/** A secret that each of the places holds; a child must see none that it was not given. */
const NAMES = ['stored', 'environment', 'variable', 'typed', 'endpoint'] as const;
const SECRETS = NAMES.map((name) => makeCanary(`child ${name}`));
const secret = (name: (typeof NAMES)[number]): string => SECRETS[NAMES.indexOf(name)]?.text ?? '';

/**
 * A program that copies what the kernel shows of itself and of what started it: arguments,
 * environment, open files. The shell reads /proc before it opens anything else.
 */
function spy(world: World, name: string): void {
  const file = join(world.env.PATH?.split(':')[0] ?? '', name);
  const dir = join(world.cwd, 'spied');
  writeFileSync(
    file,
    `#!/bin/sh
ls -l /proc/$$/fd > ${dir}/${name}.fds
cat /proc/$$/cmdline > ${dir}/${name}.argv
cat /proc/$$/environ > ${dir}/${name}.environ
cat /proc/$PPID/cmdline > ${dir}/${name}.parent
printf '%s\\n' answer-of-${name}
`,
  );
  chmodSync(file, 0o755);
}

/** What the kernel showed of a child, by what it is. */
function seen(world: World, name: string): Readonly<Record<string, string>> {
  const dir = join(world.cwd, 'spied');
  const files = readdirSync(dir).filter((file) => file.startsWith(`${name}.`));
  return Object.fromEntries(
    files.map((file) => [file.slice(name.length + 1), readFileSync(join(dir, file), 'latin1')]),
  );
}

async function spiedWorld(): Promise<World> {
  const world = await startWorld({ env: { XAI_API_KEY: secret('environment') } });
  world.write('spied/.keep', '');
  for (const name of ['my-vault', 'pass', 'gh', 'tool']) spy(world, name);
  world.home.seed({
    openrouter: [{ label: 'work', key: secret('stored') }],
    xai: [{ label: 'other', key: secret('stored') }],
  });
  world.home.write('.env', `ZAI_OTHER=${secret('variable')}\nGLM_API_KEY=${secret('variable')}\n`);
  world.home.write(
    'config.yaml',
    `custom_providers: [{ name: lab, base_url: "https://lab.example/v1", api_key: ${secret('endpoint')} }]\n`,
  );
  world.write(
    'gormes.auth.yaml',
    `version: 1
providers:
  kimi-coding: { credentials: { a: { api_key: { command: [my-vault, get, kimi] } } } }
  deepseek: { credentials: { b: { api_key: "pass:ai/deepseek" } } }
`,
  );
  return world;
}

/** Commands that start a program, and which. */
const STARTERS = [
  { program: 'my-vault', args: ['auth', 'plan', '--check-secrets', '--allow-commands'] },
  { program: 'pass', args: ['auth', 'apply', '--yes', '--allow-commands'] },
  { program: 'gh', args: ['auth', 'list', 'copilot'] },
  { program: 'gh', args: ['auth', 'add', 'xai', '--label', 'new', '--api-key', secret('typed')] },
] as const;

test(
  'the kernel shows no secret in the arguments, environment or open files of any child',
  async () => {
    if (!existsSync('/proc/self/environ')) return notPermitted('looking at children', 'no /proc');
    let looks = 0;
    for (const { program, args } of STARTERS) {
      await using world = await spiedWorld();
      const run = await world.gormes(args);
      const { fds, ...texts } = seen(world, program);
      if (program !== 'gh') expect(fds, run.stdout + run.stderr).toBeDefined();
      if (fds === undefined) continue;
      for (const [what, text] of Object.entries(texts)) {
        expect(text.length, `${program} ${what}`).toBeGreaterThan(0);
        expect(findCanaries(text, SECRETS), `${args[1]}: ${program} ${what}`).toEqual([]);
        looks++;
      }
      // Whatever started the tests may hand down descriptors of its own; none is of a home.
      expect(fds, program).not.toContain(world.home.dir);
    }
    expect(looks).toBeGreaterThanOrEqual(6);
    figure(`children: ${looks} looks into /proc at arguments and environment: 0 secrets`);
  },
  LIMIT_MS,
);

test('a program under exec gets the secret of its provider by its environment, and no other', async () => {
  if (!existsSync('/proc/self/environ')) return notPermitted('looking at children', 'no /proc');
  await using world = await spiedWorld();
  const run = await world.gormes(['auth', 'exec', 'openrouter', '--', 'tool'], {
    allowSecretInChildEnv: true,
    env: { XAI_API_KEY: undefined },
  });
  expect(run).toMatchObject({ exitCode: 0 });
  const { environ = '', argv = '', parent = '' } = seen(world, 'tool');
  expect(environ.split('\0')).toContain(`OPENROUTER_API_KEY=${secret('stored')}`);
  const others = SECRETS.filter(({ text }) => text !== secret('stored'));
  expect(findCanaries(environ, others)).toEqual([]);
  expect(findCanaries(argv + parent, SECRETS)).toEqual([]);
  figure('children: exec hands on one secret, by the environment alone');
});
