import { environmentReferences } from '../support/homes.ts';
import { makeAnswer, makeCallback, makeEnv } from './hostile-flows.ts';
import { CANARY, HOSTILE, type Maker, mutate } from './hostile-text.ts';
import { Dice } from './sizes.ts';

export const FUZZ_KINDS = ['declaration', 'store', 'env', 'callback', 'answer'] as const;
export type FuzzKind = (typeof FUZZ_KINDS)[number];

const DECLARATION = `version: 1
name: fuzz
unmanaged: keep
limits: { max_removals: 10 }
model: { provider: openrouter, default: anthropic/claude-sonnet-4.5 }
providers:
  openrouter:
    strategy: round_robin
    credentials:
      personal: { api_key: "env:OPENROUTER_API_KEY" }
      work: { api_key: "file:~/key" } # a comment
      old-key: { state: absent }
  anthropic:
    credentials:
      max: &a { type: oauth, account: alice@example.com, protect: true }
    sources: { claude_code: suppress }
custom_providers:
  lab: { name: Lab, base_url: "https://lab.example/v1", credentials: { k: { api_key: "pass:ai/lab" } } }
moved: [{ from: openrouter/default, to: openrouter/personal }]
forget: [xai/test]
ignore: ["copilot/*", { source: gh_cli }]
overlays:
  - when: { host: "ci-*" }
    providers: { anthropic: { credentials: { max: null } } }
`;

const KEYS = [
  ...['version', 'name', 'unmanaged', 'limits', 'model', 'providers', 'custom_providers', 'moved'],
  ...[
    'forget',
    'ignore',
    'overlays',
    'include',
    'openrouter',
    'anthropic',
    'credentials',
    'api_key',
  ],
  ...['strategy', 'sources', 'type', 'state', 'account', 'base_url', 'when', 'command', 'protect'],
] as const;

const STORE = environmentReferences.auth.replace('sk-or-v1-FAKE0002', CANARY.text);

/** The input of this number; the same at each run with this seed. */
export function makeInput(kind: FuzzKind, seed: number, number: number): Buffer {
  const dice = new Dice(seed ^ Math.imul(number + 1, 0x9e3779b1));
  if (kind === 'env') return encode(dice, makeEnv(dice));
  // On the wire there are bytes alone.
  if (kind === 'callback') return Buffer.from(makeCallback(dice), 'latin1');
  if (kind === 'answer') return Buffer.from(makeAnswer(dice));
  if (dice.below(60) === 0) return Buffer.from(kind === 'store' ? jsonBomb(dice) : yamlBomb(dice));
  const seedText = kind === 'store' ? STORE : DECLARATION;
  const text =
    dice.below(2) === 0 ? seedText : kind === 'store' ? jsonTree(dice) : yamlTree(dice, 0, 0);
  return encode(dice, mutate(dice, text));
}

function yamlBomb(dice: Dice): string {
  const many = (count: number, line: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => line(n)).join('');
  const level = (n: number): string =>
    `a${n}: &a${n} [${Array(9).fill(n === 0 ? 'x' : `*a${n - 1}`)}]\n`;
  return dice.pick<Maker>([
    () => many(10, level),
    () => '['.repeat(200_000),
    () => '{a: '.repeat(5000),
    () => many(2000, (n) => `${' '.repeat(n)}a:\n`),
    () => `version: 1\nproviders:\n${many(30_000, (n) => `  p${n}: {}\n`)}`,
    () => `version: 1\nproviders:\n${many(9990, (n) => `  p${n}: {}\n`)}`,
    () => `version: 1\nname: [${'} '.repeat(40_000)}]\n`,
    () => `version: 1\n${'a b\n'.repeat(250_000)}`,
    () => `version: 1\n${'\ta: b\n'.repeat(150_000)}`,
    () => `version: 1\nname: "${'\\q'.repeat(500_000)}"\n`,
    () => `version: 1\n${'#\n'.repeat(500_000)}`,
    () => `version: 1\n${'\n'.repeat(1_000_000)}`,
    () => `version: 1\nname: |\n${'  x\n'.repeat(260_000)}`,
    () => many(50_000, (n) => `- &a${n} x\n`),
    () => `version: 1\nname: "${'x'.repeat(1_000_000)}"\n`,
    () => '- '.repeat(100_000),
    () => `version: 1\nname: ${'"'.repeat(99_999)}\n`,
    () => many(3000, (n) => `---\na: ${n}\n`),
    () => 'x'.repeat(2 * 1024 * 1024),
    () => `? ${'? '.repeat(3000)}`,
  ])();
}

function jsonBomb(dice: Dice): string {
  const keys = (count: number): string =>
    Array.from({ length: count }, (_, n) => `"p${n}":[]`).join(',');
  return dice.pick<Maker>([
    () => '['.repeat(100_000),
    () => `{"credential_pool":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_001)}`,
    () => `{"version":1,"credential_pool":{${keys(30_000)}}}`,
    () => `{"version":1,"credential_pool":{"xai":[${'{},'.repeat(5000)}{}]}}`,
    () => `{"version":1,"providers":{"x":"${'y'.repeat(1_000_000)}"}}`,
    () => `{"version":1,"providers":{"x":${'9'.repeat(10_000)}}}`,
    () => '',
    () => ' '.repeat(100_000),
  ])();
}

function scalar(dice: Dice): string {
  const word = dice.below(3) === 0 ? dice.pick(HOSTILE) : dice.pick(KEYS);
  return dice.below(3) === 0 ? JSON.stringify(word) : word;
}

/** A block of YAML that looks like a declaration from afar. */
function yamlTree(dice: Dice, depth: number, indent: number): string {
  const pad = ' '.repeat(indent);
  let text = '';
  for (let n = dice.below(5) + 1; n > 0; n--) {
    const key = dice.below(8) === 0 ? scalar(dice) : dice.pick(KEYS);
    const form = dice.below(5);
    if (form < 2 && depth < 5) text += `${pad}${key}:\n${yamlTree(dice, depth + 1, indent + 2)}`;
    else if (form === 2) text += `${pad}${key}: [${scalar(dice)}, ${scalar(dice)}]\n`;
    else if (form === 3) text += `${pad}${key}: { ${scalar(dice)}: ${scalar(dice)} }\n`;
    else text += `${pad}${key}: ${scalar(dice)}\n`;
  }
  return text;
}

/** A store with fields of any type. */
function jsonTree(dice: Dice): string {
  const fields = ['id', 'label', 'auth_type', 'priority', 'source', 'access_token', 'base_url'];
  const value = (depth: number): string => {
    const form = dice.below(depth > 3 ? 5 : 7);
    if (form === 0) return String(dice.below(1000) - 1);
    if (form === 1) return dice.pick(['null', 'true', '1e400', '-0.0', '12345678901234567890']);
    if (form < 5) return JSON.stringify(dice.pick(HOSTILE));
    if (form === 5) return `[${value(depth + 1)}]`;
    return `{${JSON.stringify(dice.pick(HOSTILE))}:${value(depth + 1)}}`;
  };
  const row = (): string =>
    `{${fields
      .filter(() => dice.below(5) > 0)
      .map((field) => `"${field}":${value(1)}`)
      .join(',')}}`;
  const pool = (name: string): string =>
    `${JSON.stringify(name)}:${dice.below(6) === 0 ? value(0) : `[${row()},${row()}]`}`;
  const pools = ['xai', 'openrouter', dice.pick(HOSTILE)].map(pool).join(',');
  return `{"version":${dice.below(9) === 0 ? value(0) : 1},"providers":{${pool('nous')}},
"credential_pool":{${pools}},"suppressed_sources":${value(0)},${JSON.stringify(dice.pick(HOSTILE))}:${value(0)}}`;
}

function encode(dice: Dice, text: string): Buffer {
  const form = dice.below(20);
  if (form === 0) return Buffer.from(`\ufeff${text}`, 'utf16le');
  if (form === 1) return Buffer.from(text, 'latin1');
  if (form === 2) return Buffer.from(`\ufeff${text}`);
  if (form === 3) return Buffer.from(text.replaceAll('\n', '\r\n'));
  const bytes = Buffer.from(text);
  // A byte that UTF-8 does not have, or half of a character.
  if (form === 4 && bytes.length > 0) bytes[dice.below(bytes.length)] = 0x80 + dice.below(0x80);
  return bytes;
}
