import { expect, test } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

/** Findings of a declaration, as people read them. */
async function findings(world: World, yaml: string): Promise<string> {
  world.write('gormes.auth.yaml', `version: 1\n${yaml}`);
  const run = await world.gormes(['auth', 'validate']);
  expect(run.exitCode).toBe(3);
  return run.stdout;
}

const credential = (text: string): string =>
  `providers: { xai: { credentials: { a: ${text} } } }\n`;

test.each([
  ['env:MY_KEY'],
  ['file:~/.secrets/xai'],
  ['op://ai/xai/key'],
  ['vault:kv/ai#xai'],
  ['pass:ai/xai'],
  ['prompt:'],
])('a reference beside a mistyped key is shown: %s', async (text) => {
  await using world = await startWorld();
  expect(await findings(world, credential(`{ api_kye: "${text}" }`))).toBe(`\
error: unknown key "api_kye" in "xai/a" [unknown_key]
  gormes.auth.yaml:2:41
  2 | providers: { xai: { credentials: { a: { api_kye: "${text}" } } } }
    |                                         ^^^^^^^
hint: did you mean "api_key"?

${world.cwd}/gormes.auth.yaml is invalid: 1 error, 0 warnings.
`);
});

test.each([
  ['plain', 'hunter-and-2'],
  ['behind env:', 'env:0123456789abcdef0123456789abcdef'],
  ['behind env:, by its prefix', 'env:sk-or-v1-0123456789abcdef0123'],
  ['behind file:', 'file:0123456789abcdef0123456789abcdef'],
  ['behind a path', 'file:~/0123456789abcdef0123456789abcdef'],
  ['behind pass:', 'pass:hunter-and-2'],
  ['behind todo:', 'todo:hunter-and-2'],
  ['behind prompt:', 'prompt:hunter-and-2'],
  ['behind an unknown scheme', 'evn:HUNTER_2'],
  ['in a URL', 'op://user:hunter-and-2@ai/xai/key'],
])('what may be a secret beside a mistyped key is not shown: %s', async (_name, text) => {
  await using world = await startWorld();
  world.secret(
    'misplaced',
    text.replace(/^(env|file|pass|todo|prompt|evn|op):(~\/|\/\/user:)?/, ''),
  );
  const shown = await findings(world, credential(`{ api_kye: "${text}" }`));
  expect(shown).toContain('api_kye: ****');
});

test.each([
  ['a command', '{ command: [pass, show, xai] }', '{ api_key: { command: [program, argument] } }'],
  ['a list of words', '[pass, show, xai]', '{ api_key: { command: [program, argument] } }'],
  ['a reference', 'env:MY_KEY', '{ api_key: "env:MY_KEY" }'],
  ['text', 'hunter-and-2', '{ api_key: "env:NAME" }'],
  ['a scheme as key', '{ file: ~/x }', '{ api_key: "file:…" }'],
])(
  'a credential in another form is answered with the right one: %s',
  async (_name, given, right) => {
    await using world = await startWorld();
    world.secret('text', 'hunter-and-2');
    expect(await findings(world, credential(given))).toContain(`hint: write ${right}\n`);
  },
);

test('a command in the wrong place is shown, what looks like a key in it is not', async () => {
  await using world = await startWorld();
  const key = world.canary('word', 'sk-or-v1-');
  const shown = await findings(world, credential(`{ command: [pass, show, ${key}] }`));
  expect(shown).toContain('{ command: [pass, show, ***');
});

test.each([
  ['spotify at the top', 'spotify: { type: oauth }', 'providers: { spotify: { … } }'],
  ['another name at the top', 'or: { strategy: random }', 'providers: { or: { … } }'],
  [
    'mcp at the top',
    'mcp: { x: { state: logged_in } }',
    'mcp_servers: { NAME: { state: logged_in } }',
  ],
  [
    'mcp among the providers',
    'providers: { mcp: { x: { state: logged_in } } }',
    'at the top of the file: mcp_servers: { NAME: { state: logged_in } }',
  ],
  [
    'mcp_servers among the providers',
    'providers: { mcp_servers: { x: { state: logged_in } } }',
    'at the top of the file: mcp_servers: { NAME: { state: logged_in } }',
  ],
  [
    'a credential at its provider',
    'providers: { xai: { api_key: "env:X" } }',
    'credentials: { LABEL: { api_key: "env:NAME" } }',
  ],
  [
    'a label at its provider',
    'providers: { xai: { work: { api_key: "env:X" } } }',
    'credentials: { LABEL: { api_key: "env:NAME" } }',
  ],
  [
    'in an overlay',
    'overlays: [{ when: { os: linux }, spotify: { type: oauth } }]',
    'providers: { spotify: { … } }',
  ],
])(
  'what stands in the wrong place is answered with the right one: %s',
  async (_name, yaml, right) => {
    await using world = await startWorld();
    const shown = await findings(world, `${yaml}\n`);
    expect(shown).toContain(`hint: write ${right}\n`);
    expect(shown).toContain('is invalid: 1 error,');
  },
);

test('a key that stands twice is told with both lines', async () => {
  await using world = await startWorld();
  const shown = await findings(
    world,
    'providers:\n  xai:\n    strategy: random\n  zai:\n    strategy: random\n  xai:\n    strategy: random\n',
  );
  expect(shown).toContain('error: the key "xai" stands twice in one mapping, first on line 3 [');
  expect(shown).toContain('  gormes.auth.yaml:7:3\n');
});

test.each([
  [
    'a list of providers',
    'providers: [xai]',
    'providers: { NAME: { credentials: { LABEL: { api_key: "env:NAME" } } } }',
  ],
  [
    'a provider without anything',
    'providers:\n  xai:',
    'credentials: { LABEL: { api_key: "env:NAME" } }',
  ],
  [
    'a list of credentials',
    'providers:\n  xai:\n    credentials:\n      - label: a\n        api_key: "env:X"',
    'credentials: { LABEL: { api_key: "env:NAME" } }',
  ],
])('a mapping of another form is answered with the right one: %s', async (_name, yaml, right) => {
  await using world = await startWorld();
  const shown = await findings(world, `${yaml}\n`);
  expect(shown).toContain(`hint: write ${right}\n`);
  expect(shown).toContain('is invalid: 1 error,');
});

test('a variable of the shell in braces is one finding, not one for each word behind it', async () => {
  await using world = await startWorld();
  const yaml = ['a', 'b', 'c'].map((label) => `      ${label}: { api_key: \${XAI_API_KEY} }\n`);
  const shown = await findings(world, `providers:\n  xai:\n    credentials:\n${yaml.join('')}`);
  expect(shown).toContain('  gormes.auth.yaml:5:22\n');
  expect(shown).toContain('hint: a variable is written "env:NAME", without a dollar and braces\n');
  expect(shown).toContain('is invalid: 1 error,');
});

test.each([
  ['groq', 'declare its endpoint under custom_providers'],
  ['openai', 'say which one: openai-api or openai-codex'],
  ['vllm', 'declare your own server under custom_providers'],
  ['openruter', 'did you mean "openrouter"?'],
  [
    'zzzzzzzz',
    'an endpoint of your own is declared under custom_providers; gormes auth providers shows the others',
  ],
])('a provider that nobody knows is answered as on the command line: %s', async (name, hint) => {
  await using world = await startWorld();
  const shown = await findings(world, `providers: { ${name}: { strategy: random } }\n`);
  expect(shown).toContain(`hint: ${hint}\n`);
});
