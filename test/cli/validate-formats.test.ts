import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { startWorld } from '../support/world.ts';

/** The OASIS schema, as a package brings it; draft-04, of which ajv minds only these two keys. */
function sarifSchema(): object {
  const file = '../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';
  const schema: unknown = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  return { ...Object(schema), $schema: undefined, id: undefined };
}

const BROKEN = `version: 1
providers:
  openruter:
    credentials:
      "grün 🙂": { api_key: "nowhere:X" }
  openrouter: { strategie: random }
`;

/** Twelve errors: two more than GitHub shows of one step. */
const MANY = `version: 1\nproviders:\n${Array.from({ length: 12 }, (_, i) => `  nobody-${i}: {}\n`).join('')}`;

test('github: each finding is one workflow command with its place', async () => {
  await using world = await startWorld();
  world.write('gormes.auth.yaml', BROKEN);
  const run = await world.gormes(['auth', 'validate', '--format', 'github']);
  const commands = run.stdout.split('\n').filter((line) => line.startsWith('::'));
  expect(run.exitCode).toBe(3);
  expect(commands).toContainEqual(
    expect.stringMatching(
      /^::error file=gormes\.auth\.yaml,line=3,endLine=3,col=3,endColumn=12,title=gormes%3A unknown_provider::.*openruter.*%0Ahint: did you mean/,
    ),
  );
  expect(run.stdout).toMatch(/is invalid: 3 errors, 0 warnings\.\n$/);
});

test('github: what an annotation has no room for stands in the log', async () => {
  await using world = await startWorld();
  world.write('gormes.auth.yaml', MANY);
  const { stdout } = await world.gormes(['auth', 'validate', '--format', 'github']);
  expect(stdout.match(/^::error /gm)).toHaveLength(10);
  expect(stdout).toContain('2 findings more than GitHub annotates:');
  expect(stdout).toContain('"nobody-11"');
});

test('github: names that look like commands or break lines stay text', async () => {
  await using world = await startWorld();
  const name = 'a%0A::stop-commands::x,y:z.yaml';
  world.write(name, 'version: 1\n"::error::x\\n::warning::y": 1\n');
  const { stdout } = await world.gormes(['auth', 'validate', '-f', name, '--format', 'github']);
  const commands = stdout.split('\n').filter((line) => /^\s*::/.test(line));
  expect(commands).toHaveLength(1);
  expect(commands[0]).toContain('file=a%250A%3A%3Astop-commands%3A%3Ax%2Cy%3Az.yaml,line=2');
});

test('reports name files from the root of the checkout', async () => {
  await using world = await startWorld({ env: {} });
  world.write('deep/gormes.auth.yaml', BROKEN);
  const options = { cwd: `${world.cwd}/deep`, env: { GITHUB_WORKSPACE: world.cwd } };
  const github = await world.gormes(['auth', 'validate', '--format', 'github'], options);
  const sarif = await world.gormes(['auth', 'validate', '--format', 'sarif'], options);
  expect(github.stdout).toContain('file=deep/gormes.auth.yaml,');
  expect(sarif.stdout).toContain('"uri": "deep/gormes.auth.yaml"');
});

test.each([
  ['invalid', BROKEN, 3],
  ['valid', 'version: 1\n', 0],
  ['no YAML', 'version: [', 3],
])('sarif of a declaration that is %s keeps to the schema', async (_name, text, exitCode) => {
  await using world = await startWorld();
  world.write('gormes.auth.yaml', text);
  const run = await world.gormes(['auth', 'validate', '--format', 'sarif']);
  expect(run).toMatchObject({ exitCode, stderr: '' });
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
  const isSarif = ajv.compile(sarifSchema());
  isSarif(JSON.parse(run.stdout));
  expect(isSarif.errors).toBeNull();
});

test('sarif counts columns in code points and says so', async () => {
  await using world = await startWorld();
  world.write('gormes.auth.yaml', BROKEN);
  const { stdout } = await world.gormes(['auth', 'validate', '--format', 'sarif']);
  expect(JSON.parse(stdout)).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        columnKind: 'unicodeCodePoints',
        results: [
          {
            ruleId: 'unknown_provider',
            level: 'error',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'gormes.auth.yaml', uriBaseId: '%SRCROOT%' },
                  region: { startLine: 3, startColumn: 3, endLine: 3, endColumn: 12 },
                },
              },
            ],
          },
          // Behind two characters that UTF-16 and UTF-8 count otherwise.
          { locations: [{ physicalLocation: { region: { startLine: 5, startColumn: 28 } } }] },
          {},
        ],
      },
    ],
  });
});

test.each(['github', 'sarif'])('%s shows no secret of the file', async (format) => {
  await using world = await startWorld();
  const key = world.canary('literal', 'sk-or-v1-');
  world.write(
    'gormes.auth.yaml',
    `version: 1\nproviders: { openrouter: { credentials: { work: { api_key: "${key}" } } } }\n`,
  );
  const run = await world.gormes(['auth', 'validate', '--format', format]);
  expect(run.exitCode).toBe(3);
  expect(run.stdout).toContain('literal_secret');
});

test.each([
  [['--format', 'xml'], '--format takes human, json, github, sarif'],
  [['--format', 'sarif', '--json'], "--json and --format don't go together"],
  [['--format', 'github', '--check-secrets'], "--check-secrets and --format github don't go"],
])('%j is a mistake of the command line', async (args, message) => {
  await using world = await startWorld();
  const run = await world.gormes(['auth', 'validate', ...args]);
  expect(run).toMatchObject({ exitCode: 64, stdout: '' });
  expect(run.stderr).toContain(message);
});

test('--format json is --json', async () => {
  await using world = await startWorld();
  world.write('gormes.auth.yaml', BROKEN);
  const [a, b] = [
    await world.gormes(['auth', 'validate', '--json']),
    await world.gormes(['auth', 'validate', '--format', 'json']),
  ];
  expect(a).toEqual(b);
  expect(JSON.parse(a.stdout)).toMatchObject({ valid: false });
});
