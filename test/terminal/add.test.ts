import { expect, test } from 'vitest';
import { KEY, startTerminal } from '../support/dialogue.ts';
import { startWorld } from '../support/world.ts';

const { enter, esc, down, ctrlC } = KEY;
const NARROW = { columns: 50, env: { NO_COLOR: '1' } };

test('a key is added in a narrow window without colour, and is not shown', async () => {
  await using world = await startWorld();
  const key = world.canary('k');
  await using run = startTerminal(world, ['auth', 'add', 'openrouter'], NARROW);
  await run.answer('Paste your API key:', key, enter);
  await run.answer('Label (optional, default: api-key-1):', 'work', enter);
  await run.see('Added openrouter credential #1: "work"');
  expect(await run.end()).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there
  expect(run.raw).not.toMatch(/\x1b\[[0-9;]*m/);
  expect(world.home.pool('openrouter')).toMatchObject([{ label: 'work', access_token: key }]);
});

test.each([
  ['at the key', []],
  ['at the label', [['Paste your API key:', 'key', enter]]],
] as const)('Esc %s goes back: nothing is added', async (_where, steps) => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['auth', 'add', 'openrouter'], NARROW);
  for (const [text, ...keys] of steps) await run.answer(text, ...keys);
  const last = steps.length === 0 ? 'Paste your API key:' : 'Label';
  await run.answer(last, 'half', esc);
  await run.see('cancelled');
  expect(await run.end()).toBe(1);
  expect(world.home.hash()).toBe('absent');
});

test('keys that move the cursor are no Esc', async () => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['auth', 'add', 'openrouter', '--api-key', 'k']);
  await run.answer('Label', 'ab', KEY.up, down, 'c', enter);
  await run.see('credential #1: "abc"');
  expect(await run.end()).toBe(0);
});

test.each([
  ['a key that the provider refuses', 'copilot', 'ghp_classic0123456789', 1, '[key_refused]'],
  ['Ctrl-C in the middle of it', 'openrouter', `half${ctrlC}`, 130, 'Interrupted.'],
] as const)('%s leaves nothing', async (_name, provider, typed, code, says) => {
  await using world = await startWorld();
  await using run = startTerminal(world, ['auth', 'add', provider, '--label', 'l'], NARROW);
  await run.answer('Paste your API key:', typed, code === 1 ? enter : '');
  expect(await run.end()).toBe(code);
  expect(run.screen).toContain(says);
  expect(run.screen).not.toContain('classic0123456789');
  expect(world.home.hash()).toBe('absent');
});

test('Esc where yes or no is asked is a no', async () => {
  await using world = await startWorld();
  world.home.write('config.yaml', 'agent:\n  max_turns: 5\n');
  const before = world.home.hash();
  await using run = startTerminal(world, ['setup', 'agent', '--reset'], NARROW);
  await run.answer("Reset to Hermes' defaults", esc);
  await run.see('nothing was reset');
  expect(await run.end()).toBe(1);
  expect(world.home.hash()).toBe(before);
});
