import { expect, test } from 'vitest';
import type { CommandForm } from '../../src/cli/help/forms.ts';
import { viewCommand, viewCommands } from '../../src/cli/help/view-help.ts';
import { startWorld, type World } from '../support/world.ts';

async function loadForms(world: World): Promise<CommandForm[]> {
  const run = await world.gormes(['--help', '--json']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return JSON.parse(run.stdout).commands;
}

test('help lists every command by category, and nothing is wider than 100 columns', async () => {
  await using world = await startWorld();
  const run = await world.gormes(['--help']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  for (const { words, description } of await loadForms(world)) {
    expect(run.stdout).toMatch(new RegExp(`^ {2}${words} +${description.slice(0, 20)}`, 'm'));
  }
  expect(run.stdout).toMatch(/^Global options\n {2}--home <dir>/m);
  expect(run.stdout).not.toContain('#0');
  for (const line of run.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  expect(world.home.hash()).toBe('absent');
});

test('each command has a category, a description, details and an example that calls it', async () => {
  await using world = await startWorld();
  for (const { words, category, description, details, examples } of await loadForms(world)) {
    expect([words, category, description, details]).not.toContain('');
    expect(category).not.toBe('Other');
    const lines = examples.map(([, line]) => line.replace('$0', 'gormes'));
    expect(lines.join('\n'), words).toContain(`gormes ${words}`);
  }
});

test('options show what their value is', async () => {
  await using world = await startWorld();
  const { stdout } = await world.gormes(['auth', 'plan', '-h']);
  expect(stdout).toContain('Usage: gormes auth plan [options]');
  expect(stdout).toMatch(/^ {2}-f, --config <file> +The declaration; - reads standard input$/m);
  expect(stdout).toMatch(/^ {2}--target <address> /m);
});

test('arguments and required options stand in the usage line', async () => {
  await using world = await startWorld();
  const { stdout } = await world.gormes(['auth', 'report', '--help']);
  expect(stdout).toContain(
    'Usage: gormes auth report --status <code> [options] <provider> <target>',
  );
});

test('help of a group shows the command and those below it', async () => {
  await using world = await startWorld();
  const auth = await world.gormes(['auth', '--help']);
  expect(auth.stdout).toMatch(/^gormes auth: /);
  expect(auth.stdout).toMatch(/^ {2}auth remove /m);
  expect(auth.stdout).not.toMatch(/^ {2}mcp login /m);
  const mcp = await world.gormes(['mcp', '--help']);
  expect(mcp.stdout).toMatch(/^ {2}mcp login /m);
});

test('help that is asked for behind -- is for the other program', async () => {
  await using world = await startWorld();
  world.home.seed({ openrouter: [{ label: 'work', key: world.canary('work') }] });
  world.program('agent', { stdout: 'help of the agent\n' });
  const run = await world.gormes(['auth', 'exec', 'openrouter', '--', 'agent', '--help'], {
    allowSecretInChildEnv: true,
  });
  expect(run.stdout).toBe('help of the agent\n');
});

test('help fits a narrow terminal', async () => {
  await using world = await startWorld();
  const forms = await loadForms(world);
  const texts = [viewCommands(forms, 50), ...forms.map((form) => viewCommand(form, [], 50))];
  const wide = texts
    .flatMap((text) => text.split('\nExamples\n')[0]?.split('\n') ?? [])
    .filter((line) => line.length > 50 && line.trim().includes(' '));
  expect(wide).toEqual([]);
});

test.each([
  [['auth', 'list', '--jsn'], 'did you mean "--json"?'],
  [['auth', 'plan', '--detailed-exit-code'], 'did you mean "--detailed-exitcode"?'],
  [['auth', 'list', '--no-colour'], 'did you mean "--no-color"?'],
  [['auth', 'lsit'], 'did you mean "gormes auth list"?'],
  [['plan'], 'did you mean "gormes auth plan"?'],
  [['list', 'xai'], 'did you mean "gormes auth list"?'],
  [['auth', 'add'], 'gormes auth providers shows every provider'],
  [['auth', 'remove', 'xai'], 'gormes auth remove --help'],
  [['auth', 'list', '--zzzzzz'], 'gormes auth list --help'],
  // What `login` says is only that it is gone.
  [['logni'], 'gormes --help'],
])('%j: the hint names what was meant', async (args, hint) => {
  await using world = await startWorld();
  const run = await world.gormes(args);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(`hint: ${hint}`);
});

test('an option that looks like a key is not repeated', async () => {
  await using world = await startWorld();
  const key = world.canary('typed', 'sk-or-v1-');
  const run = await world.gormes(['auth', 'list', `--${key}`]);
  expect(run.exitCode).toBe(64);
});

test('--quiet leaves results and errors, and no notices', async () => {
  await using world = await startWorld();
  const told = await world.gormes(['auth', 'list']);
  expect(told.stderr).not.toBe('');
  const quiet = await world.gormes(['auth', 'list', '--quiet']);
  expect(quiet).toEqual({ ...told, stderr: '' });
  const wrong = await world.gormes(['--quiet', 'auth', 'list', 'nobody-knows']);
  expect(wrong.stderr).toContain('nobody-knows');
});

test('help is a word, too', async () => {
  await using world = await startWorld();
  for (const words of [[], ['auth', 'list']]) {
    const asked = await world.gormes(['help', ...words]);
    const [group = '', ...rest] = words;
    if (rest.length > 0) expect(await world.gormes([group, 'help', ...rest])).toEqual(asked);
    expect(asked).toEqual(await world.gormes([...words, '--help']));
  }
});
