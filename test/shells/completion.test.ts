/** Completion in the real shells: bash and zsh at a terminal with real presses of Tab, fish by its own engine. */
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

const TAB = '\t';
const PROMPT = 'ready>';

/** A world with a pool, files, and `gormes` on the PATH of its shells. */
async function shellWorld(): Promise<World> {
  const world = await startWorld();
  world.home.seed({
    openrouter: [
      { label: 'work', key: world.canary('work') },
      { label: 'at home; $(touch run)', key: world.canary('home') },
    ],
    'custom:lab': [{ label: 'lab-key', key: world.canary('lab') }],
  });
  world.write('my-declaration.yaml', 'version: 1\n');
  const program = join(world.env.PATH?.split(':')[0] ?? '', 'gormes');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${world.programFile}' "$@"\n`);
  chmodSync(program, 0o755);
  return world;
}

interface Shell {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly setUp: string;
}

const SHELLS: readonly Shell[] = [
  {
    name: 'bash',
    argv: ['bash', '--norc', '--noprofile', '-i'],
    setUp: `bind 'set enable-bracketed-paste off'; eval "$(gormes completion bash)"; PS1='ready''>'`,
  },
  {
    name: 'zsh',
    argv: ['zsh', '-f', '-i'],
    setUp: `autoload -U compinit; compinit -D -u; eval "$(gormes completion zsh)"; PS1='ready''>'; unsetopt prompt_cr prompt_sp`,
  },
];

/** Types into a shell and returns the line that it has then, as the shell itself prints its words. */
async function typeInto(world: World, shell: Shell, line: string): Promise<string[]> {
  const [program, ...args] = shell.argv;
  const env = { ...world.env, TERM: 'xterm' };
  const pty = spawn(program, args, { name: 'xterm', cols: 200, rows: 40, cwd: world.cwd, env });
  let seen = '';
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    seen += data;
    for (const look of watchers) look();
  });
  const shown = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!seen.includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  try {
    pty.write(`${shell.setUp}\r`);
    await shown(PROMPT);
    seen = '';
    // What stands on the line becomes arguments of printf, each between the brackets.
    pty.write(`printf '<%s>' begin; show() { printf '[%s]\\n' "$@"; echo END; }\r`);
    await shown(PROMPT);
    seen = '';
    pty.write(line);
    pty.write('\x01'); // to the start of the line
    pty.write('show ');
    pty.write('\r');
    await shown('END');
    return [...seen.matchAll(/^\[(.*)\]\r?$/gm)].map((match) => match[1] ?? '');
  } finally {
    pty.kill();
  }
}

test.each(SHELLS.map((shell) => [shell.name, shell] as const))(
  '%s completes commands, providers, labels and files at the press of Tab',
  async (_name, shell) => {
    await using world = await shellWorld();
    const before = world.home.hash();
    const typed = (line: string): Promise<string[]> => typeInto(world, shell, line);
    expect(await typed(`gormes auth rem${TAB}`)).toEqual(['gormes', 'auth', 'remove']);
    expect(await typed(`gormes auth remove openr${TAB}w${TAB}`)).toEqual([
      'gormes',
      'auth',
      'remove',
      'openrouter',
      'work',
    ]);
    expect(await typed(`gormes auth remove custom:${TAB}la${TAB}`)).toEqual([
      'gormes',
      'auth',
      'remove',
      'custom:lab',
      'lab-key',
    ]);
    expect(await typed(`gormes auth plan --detailed${TAB}-f my-${TAB}`)).toEqual([
      'gormes',
      'auth',
      'plan',
      '--detailed-exitcode',
      '-f',
      'my-declaration.yaml',
    ]);
    expect(world.home.hash()).toBe(before);
  },
);

test.each(SHELLS.map((shell) => [shell.name, shell] as const))(
  '%s quotes a label that would mean something to it',
  async (_name, shell) => {
    await using world = await shellWorld();
    const words = await typeInto(world, shell, `gormes auth use openrouter at${TAB}`);
    expect(words.at(-1)).toBe('at home; $(touch run)');
  },
);

test.each([
  ['gormes auth rem', ['remove\tRemove one credential from the pool']],
  ['gormes auth remove openrouter w', ['work\tmanual']],
  ['gormes auth remove custom:', ['custom:lab']],
  ['gormes auth plan -f my-', ['my-declaration.yaml']],
  ['gormes auth plan --target=openrouter/w', ['--target=openrouter/work\tmanual']],
])('fish completes %j', async (line, expected) => {
  await using world = await shellWorld();
  const script = `gormes completion fish | source; complete -C ${JSON.stringify(line)}`;
  const run = spawnSync('fish', ['--no-config', '-c', script], {
    cwd: world.cwd,
    env: world.env,
    encoding: 'utf8',
  });
  expect(run.stdout.trimEnd().split('\n')).toEqual(expected);
});

test.each(['bash', 'zsh', 'fish'])('%s finds no fault in its script', async (shell) => {
  await using world = await shellWorld();
  const { stdout } = await world.gormes(['completion', shell]);
  const file = world.write(`script.${shell}`, stdout);
  const run = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '' });
});
