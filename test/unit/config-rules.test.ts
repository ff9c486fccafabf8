import { describe, expect, test } from 'vitest';
import { brief, briefOf, load } from './fixtures-config/load.ts';

/** Each case: what is wrong, the file behind `version: 1`, findings as `code line:column`. */
type Case = readonly [name: string, yaml: string, ...expected: string[]];

/** Puts one credential into a file; its line is 5. */
const credential = (body: string, provider = 'openrouter') =>
  `providers:\n  ${provider}:\n    credentials:\n      c: ${body}`;

const SHAPE: readonly Case[] = [
  ['an unknown key at the top', 'nmae: x', 'unknown_key 2:1'],
  ['an unknown key in a provider', 'providers:\n  xai: { credential: {} }', 'unknown_key 3:10'],
  ['an unknown key in a credential', credential('{ apy_key: "env:A" }'), 'unknown_key 5:12'],
  ['an unknown key of Bedrock', 'providers: { bedrock: { zone: a } }', 'unknown_key 2:25'],
  ['a merge key', `base: &b {}\n${credential('{ <<: *b }')}`, 'unknown_key 2:1', 'merge_key 6:12'],
  ['text for a mapping', 'providers: x', 'wrong_type 2:12'],
  ['nothing for a mapping', 'providers:', 'wrong_type 2:1'],
  ['null for a mapping', 'providers: null', 'wrong_type 2:12'],
  ['a list for a mapping', 'providers: [a]', 'wrong_type 2:12'],
  ['text for a number', 'limits: { max_removals: "3" }', 'wrong_type 2:25'],
  ['yes for true', credential('{ type: oauth, protect: yes }', 'nous'), 'wrong_type 5:34'],
  ['a number for text', 'name: 7', 'wrong_type 2:7'],
  ['a number for a pin', 'providers: { xai: { pin: 1 } }', 'wrong_type 2:26'],
  ['a bare account number', 'providers: { bedrock: { account: 123 } }', 'wrong_type 2:34'],
  ['text for a list', 'include: a.yaml', 'wrong_type 2:10'],
  ['text for a credential', credential('hunter2'), 'wrong_type 5:10'],
  ['a word that is not allowed', 'unmanaged: kep', 'not_allowed 2:12'],
  ['an unknown strategy', 'providers:\n  xai: { strategy: robin }', 'not_allowed 3:20'],
  ['an unknown state', credential('{ state: gone }'), 'not_allowed 5:19'],
  ['an unknown type', credential('{ type: key }'), 'not_allowed 5:18'],
  ['an overlay without condition', 'overlays: [{}]', 'missing_key 2:12'],
  ['a move without target', 'moved: [{ from: xai/a }]', 'missing_key 2:9'],
  ['an empty condition', 'overlays: [{ when: {} }]', 'out_of_range 2:20'],
  ['a negative limit', 'limits: { max_removals: -1 }', 'out_of_range 2:25'],
  ['a limit that is no limit', 'limits: { max_removals: 1000000 }', 'out_of_range 2:25'],
  ['an empty command', credential('{ api_key: { command: [] } }'), 'out_of_range 5:32'],
];

const FIELDS: readonly Case[] = [
  ['an unknown provider', 'providers:\n  openruter: {}', 'unknown_provider 3:3'],
  ['a provider under two names', 'providers:\n  xai: {}\n  grok: {}', 'provider_twice 4:3'],
  [
    'an empty label',
    'providers: { xai: { credentials: { "": { state: absent } } } }',
    'bad_label 2:36',
  ],
  [
    'a label of 65 characters',
    `providers: { xai: { credentials: { ${'x'.repeat(65)}: { state: absent } } } }`,
    'bad_label 2:36',
  ],
  [
    'a label with an escape sequence',
    'providers: { xai: { credentials: { "\\e[31m": { state: absent } } } }',
    'bad_label 2:36',
  ],
  [
    'a label that turns the direction of text',
    'providers: { xai: { credentials: { "a\\u202eb": { state: absent } } } }',
    'bad_label 2:36',
  ],
  [
    'a label with a space at its end',
    'providers: { xai: { credentials: { "a ": { state: absent } } } }',
    'bad_label 2:36',
  ],
  ['a secret', credential('{ api_key: hunter2 }'), 'literal_secret 5:21'],
  ['a secret with a colon', credential('{ api_key: "alice:hunter2" }'), 'literal_secret 5:21'],
  [
    'a key of a vendor',
    credential('{ api_key: sk-or-v1-0123456789abcdef }'),
    'literal_secret 5:21',
  ],
  [
    'a key behind a scheme',
    credential('{ api_key: "env:sk-or-v1-0123456789abcdef" }'),
    'literal_secret 5:26',
  ],
  [
    'a key as a word of a command',
    credential('{ api_key: { command: [echo, ghp_0123456789abcdefABCD] } }'),
    'literal_secret 5:39',
  ],
  [
    'a random word of a command',
    credential('{ api_key: { command: [echo, a8Kd02LsPq9ZmX4vB7nTyR1wE6uIo3Gh] } }'),
    'literal_secret 5:39',
  ],
  ['a key in a comment', '# was sk-ant-api03-0123456789abcdef', 'literal_secret 2:7'],
  [
    'a key spelled with an escape',
    credential('{ account: "sk-\\u0061nt-api03-0123456789abcdef", type: oauth }', 'nous'),
    'literal_secret 5:21',
  ],
  [
    'a password in a URL',
    credential('{ api_key: "env:A", base_url: "https://u:p@x.example/v1" }'),
    'literal_secret 5:40',
  ],
  ['a misspelled scheme', credential('{ api_key: "evn:A" }'), 'unknown_scheme 5:21'],
  ['a foreign scheme', credential('{ api_key: "lastpass://a/b" }'), 'unknown_scheme 5:21'],
  ['a variable with a dash', credential('{ api_key: "env:A-B" }'), 'bad_reference 5:21'],
  ['a file without a name', credential('{ api_key: "file:" }'), 'bad_reference 5:21'],
  ['an op reference without a field', credential('{ api_key: "op://a/b" }'), 'bad_reference 5:21'],
  ['a command as text', credential('{ api_key: "command:x" }'), 'bad_reference 5:21'],
  ['a reference that is still to do', credential('{ api_key: "todo:" }'), '~todo_reference 5:21'],
  ['no duration', credential('{ type: oauth, min_key_ttl: 30x }', 'nous'), 'bad_duration 5:38'],
  ['no URL', credential('{ api_key: "env:A", base_url: x }'), 'bad_url 5:40'],
  [
    'a URL of another protocol',
    credential('{ api_key: "env:A", base_url: "file:///x" }'),
    'bad_url 5:40',
  ],
  [
    'http to another machine',
    credential('{ api_key: "env:A", base_url: "http://x.example" }'),
    'insecure_url 5:40',
  ],
  [
    'http to a host that only begins like this one',
    credential('{ api_key: "env:A", base_url: "http://127.0.0.1.x.example" }'),
    'insecure_url 5:40',
  ],
  [
    'a source without variable',
    'providers: { xai: { sources: { "env:": suppress } } }',
    'bad_source 2:32',
  ],
  ['a line break in a value', 'name: "a\\nb"', 'control_character 2:7'],
];

const TOGETHER: readonly Case[] = [
  ['a type that the provider lacks', credential('{ type: oauth }'), 'type_not_offered 5:18'],
  [
    'a key for a login provider',
    credential('{ api_key: "env:A" }', 'nous'),
    'type_not_offered 5:12',
  ],
  [
    'a key beside a login',
    credential('{ type: oauth, api_key: "env:A" }', 'anthropic'),
    'field_conflict 5:25',
  ],
  [
    'an account beside a key',
    credential('{ api_key: "env:A", account: a@b.example }'),
    'field_conflict 5:30',
  ],
  [
    'an endpoint beside a login',
    credential('{ type: oauth, base_url: "https://x.example" }', 'nous'),
    'field_conflict 5:25',
  ],
  ['absent and protected', credential('{ state: absent, protect: true }'), 'field_conflict 5:27'],
  ['no reference', credential('{}'), 'no_reference 5:7'],
  ['a block for a provider without pool', 'providers: { vertex: {} }', 'provider_refused 2:14'],
  [
    'credentials for Bedrock',
    'providers: { bedrock: { credentials: {} } }',
    'provider_refused 2:25',
  ],
  [
    'a strategy for Spotify',
    'providers: { spotify: { strategy: random } }',
    'provider_refused 2:25',
  ],
  ['a region elsewhere', 'providers: { xai: { region: x } }', 'field_not_for_provider 2:21'],
  ['a custom provider without URL', 'custom_providers: { a: {} }', 'base_url_missing 2:21'],
  [
    'two custom providers of one slug',
    'custom_providers:\n  a: { name: My Lab, base_url: "https://x.example" }\n  b: { name: my lab, base_url: "https://x.example" }',
    'custom_provider_twice 4:14',
  ],
  [
    'a custom provider with a slash',
    'custom_providers: { a: { name: a/b, base_url: "https://x.example" } }',
    'bad_custom_name 2:32',
  ],
  [
    'suppressing what a credential is borrowed from',
    'providers:\n  openrouter:\n    credentials: { a: { api_key: "env:OPENROUTER_API_KEY" } }\n    sources: { "env:OPENROUTER_API_KEY": suppress }',
    'suppresses_declared 5:16',
  ],
  [
    'one reference twice',
    'providers: { xai: { credentials: { a: { api_key: "env:A" }, b: { api_key: "env:A" } } } }',
    '~same_reference 2:75',
  ],
  [
    'a pin on what is not declared',
    'providers: { xai: { pin: wrok, credentials: { work: { api_key: "env:A" } } } }',
    'pin_not_declared 2:26',
  ],
  [
    'a pin in a block without credentials',
    'providers: { xai: { pin: a } }',
    'pin_not_declared 2:26',
  ],
  [
    'a pin on what is absent',
    'providers: { xai: { credentials: { a: { state: absent } }, pin: a } }',
    'field_conflict 2:65',
  ],
  [
    'a pin on the credential of another provider',
    'providers: { xai: { credentials: { a: { state: absent } } }, gemini: { pin: a } }',
    'pin_not_declared 2:77',
  ],
  [
    'a pin of a custom provider on nothing',
    'custom_providers: { lab: { base_url: "https://x.example", pin: a } }',
    'pin_not_declared 2:64',
  ],
  ['a pin for Spotify', 'providers: { spotify: { pin: a } }', 'provider_refused 2:25'],
  ['an unknown provider of the model', 'model: { provider: openruter }', 'unknown_provider 2:20'],
  [
    'a custom provider of the model that is nowhere',
    'model: { provider: "custom:x" }',
    '~custom_not_declared 2:20',
  ],
  ['a path in the place of a profile', 'homes: [~/.hermes-work]', 'bad_profile 2:9'],
  ['a profile in capitals', 'homes: [Coder]', 'bad_profile 2:9'],
  ['a profile twice', 'homes: [default, coder, coder]', 'home_twice 2:25'],
];

const ADDRESSES: readonly Case[] = [
  ['no label', 'forget: [xai]', 'bad_address 2:10'],
  ['no provider', 'forget: [/x]', 'bad_address 2:10'],
  ['an unknown provider', 'forget: [xia/a]', 'unknown_provider 2:10'],
  ['an unknown provider in a move', 'moved: [{ from: xia/a, to: xai/a }]', 'unknown_provider 2:17'],
  ['an unknown provider to ignore', 'ignore: ["copilt/*"]', 'unknown_provider 2:10'],
  ['no address to ignore', 'ignore: [copilot]', 'bad_address 2:10'],
  [
    'forgetting what is declared, by an alias',
    `${credential('{ state: absent }', 'xai')}\nforget: [grok/c]`,
    'forget_declared 6:10',
  ],
  [
    'ignoring what is declared',
    `${credential('{ state: absent }', 'xai')}\nignore: ["x-ai/*"]`,
    'declared_and_ignored 6:10',
  ],
  [
    'ignoring the source of what is declared',
    `${credential('{ api_key: "env:XAI_API_KEY" }', 'xai')}\nignore: [{ source: "env:XAI_API_KEY" }]`,
    'declared_and_ignored 6:10',
  ],
  [
    'moving what is still declared',
    `${credential('{ state: absent }', 'xai')}\nmoved: [{ from: xai/c, to: xai/d }]`,
    'moved_declared 6:17',
  ],
  [
    'moving to what is not declared',
    'moved: [{ from: xai/c, to: xai/d }]',
    '~moved_to_nothing 2:28',
  ],
  [
    'moving twice',
    `${credential('{ state: absent }', 'xai')}\nmoved:\n  - { from: xai/a, to: xai/c }\n  - { from: grok/a, to: xai/c }`,
    'moved_twice 8:13',
  ],
  ['moving to another provider', 'moved: [{ from: xai/c, to: gemini/c }]', 'moved_across 2:28'],
];

describe.each([
  ['the shape', SHAPE],
  ['single fields', FIELDS],
  ['fields together', TOGETHER],
  ['addresses', ADDRESSES],
] as const)('%s', (_section, cases) => {
  test.each(cases)('%s is reported at its place', async (_name, yaml, ...expected) => {
    expect(await briefOf(`version: 1\n${yaml}\n`)).toEqual(expected);
  });
});

test.each([
  ['none', 'providers: {}\n', 'version_missing 1:1'],
  ['a newer one', 'version: 2\nnew_key: 1\n', 'version_newer 1:10'],
  ['text', 'version: "1"\n', 'bad_version 1:10'],
  ['zero', 'version: 0\n', 'bad_version 1:10'],
])('a version must be 1: %s', async (_name, yaml, expected) => {
  expect(await briefOf(yaml)).toEqual([expected]);
});

test('five mistakes give five findings, in order', async () => {
  const yaml = `version: 1
unmanaged: perhaps
providers:
  openruter: {}
  anthropic:
    strategy: fil_first
    credentials:
      a: { api_key: hunter2 }
      b: { typ: oauth }
`;
  expect(await briefOf(yaml)).toEqual([
    'not_allowed 2:12',
    'unknown_provider 4:3',
    'not_allowed 6:15',
    'literal_secret 8:21',
    'unknown_key 9:12',
  ]);
});

test.each([
  ['a key', 'nmae: x', 'did you mean "name"?'],
  ['a provider', 'providers: { openruter: {} }', 'did you mean "openrouter"?'],
  ['a word', 'unmanaged: remve', 'did you mean "remove"?'],
  ['a scheme', credential('{ api_key: "evn:A" }'), 'did you mean "env:"?'],
  [
    'a pin',
    'providers: { xai: { pin: wrok, credentials: { work: { api_key: "env:A" }, off: { state: absent } } } }',
    'did you mean "work"?',
  ],
  ['yes', credential('{ type: oauth, protect: yes }', 'nous'), 'write: true'],
  ['a number', 'name: 7', 'put it in quotes'],
])('the hint knows what was meant by %s', async (_name, yaml, hint) => {
  const { diagnostics } = await load(`version: 1\n${yaml}\n`);
  expect(diagnostics.map((d) => d.hint)).toEqual([hint]);
});

test.each([
  [`\${SOME_NAME}`, 'SOME_NAME'],
  ['$MY_API_KEY', 'MY_API_KEY'],
  ['$ECRET', 'OPENROUTER_API_KEY'],
  [`\${lower}`, 'OPENROUTER_API_KEY'],
])(
  'the hint for %s proposes a variable, and repeats nothing that may be a secret',
  async (text, name) => {
    const { diagnostics } = await load(`version: 1\n${credential(`{ api_key: "${text}" }`)}\n`);
    expect(diagnostics[0]?.hint).toContain(`"env:${name}"`);
  },
);

test('the hint for a secret names the variable of the provider', async () => {
  const { diagnostics } = await load(`version: 1\n${credential('{ api_key: hunter2 }', 'or')}\n`);
  expect(diagnostics[0]?.hint).toContain('"env:OPENROUTER_API_KEY"');
});

test('more than a hundred findings are counted', async () => {
  const { diagnostics } = await load(`version: 1\n${'x: 1\n'.repeat(150)}`);
  expect(brief(diagnostics)).toHaveLength(101);
  expect(diagnostics.at(-1)).toMatchObject({ code: 'more_findings' });
});

test.each([
  ['a loopback name', 'http://localhost:8000/v1'],
  ['a loopback address', 'http://127.0.0.1:8000/v1'],
  ['a loopback address of version 6', 'http://[::1]:8000/v1'],
  ['https', 'https://llm.example/v1'],
])('an endpoint may be %s', async (_name, url) => {
  const yaml = `version: 1\ncustom_providers: { a: { base_url: "${url}" } }\n`;
  expect(await briefOf(yaml)).toEqual([]);
});

test.each([
  ['a URL', 'https://example.com/v1/sk-proxy-with-a-long-path'],
  ['a project id in a URL', 'https://eu.llm.example/projects/0123456789abcdef0123456789abcdef/v1'],
])('%s is not taken for a key', async (_name, url) => {
  expect(
    await briefOf(`version: 1\n${credential(`{ api_key: "env:A", base_url: "${url}" }`)}\n`),
  ).toEqual([]);
});

test('a client id is not taken for a key', async () => {
  const yaml = `version: 1\nproviders: { spotify: { client_id: ${'0123456789abcdef'.repeat(2)} } }\n`;
  expect(await briefOf(yaml)).toEqual([]);
});
