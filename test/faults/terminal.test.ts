import { expect, test } from 'vitest';
import { hasControls } from '../../src/base/text.ts';
import { codexSim } from '../internet/codex.ts';
import { fakeJwt } from '../internet/xai.ts';
import { type Run, startWorld, type World } from '../support/world.ts';
import { figure, LIMIT_MS } from './sizes.ts';

/** Cursor, clipboard, C1, order of reading, width, lines, workflow commands, HTML, Markdown. */
const HOSTILE =
  'a\u001b[2J\u001b]52;c;aGk=\u0007\u009b31m\u007f\u202e\u2066\u200b\ud83d\ude00\r\n::set-output name=x::y\n##[error]z\t<script>|`*_[x](javascript:y)\u2028\u0000\ufeff';

/** A home in which everything that others write is hostile. */
function seedHostile(world: World): void {
  const row = {
    last_status: 'exhausted',
    last_status_at: Date.now() / 1000,
    last_error_code: 429,
    last_error_reason: HOSTILE,
    last_error_message: HOSTILE,
    base_url: `https://lab.example/${HOSTILE}`,
  };
  world.home.seed(
    {
      xai: [
        { label: HOSTILE, key: world.canary('a'), raw: row },
        { label: 'b', key: world.canary('b'), source: `manual:${HOSTILE}` },
      ],
      [`custom:${HOSTILE}`]: [{ label: HOSTILE, key: world.canary('c'), id: HOSTILE }],
      [HOSTILE]: [{ label: HOSTILE, key: world.canary('d') }],
    },
    { active_provider: HOSTILE, suppressed_sources: { xai: [HOSTILE] } },
  );
  world.home.write(
    'config.yaml',
    `model: { provider: ${JSON.stringify(HOSTILE)}, default: ${JSON.stringify(HOSTILE)} }\n` +
      `custom_providers: [{ name: ${JSON.stringify(HOSTILE)}, base_url: "https://lab.example/v1" }]\n`,
  );
  world.write(
    'good.yaml',
    'version: 1\nunmanaged: remove\nproviders: { xai: { strategy: random } }\n',
  );
  world.write(
    'bad.yaml',
    `version: 1\nname: ${JSON.stringify(HOSTILE)}\nproviders:\n  ${JSON.stringify(HOSTILE)}: { credentials: { ${JSON.stringify(HOSTILE)}: { account: ${JSON.stringify(HOSTILE)} } } }\n`,
  );
}

/** Commands that show what a home or a declaration holds; those that change it come last. */
const COMMANDS: readonly (readonly string[])[] = [
  ['auth', 'list'],
  ['auth', 'list', 'xai'],
  ['auth', 'list', HOSTILE],
  ['auth', 'status', 'xai'],
  ['auth', 'status', HOSTILE],
  ['auth', 'explain', 'xai'],
  ['auth', 'explain', `custom:${HOSTILE}`],
  ['auth', 'dump'],
  ['auth', 'validate', '-f', 'bad.yaml'],
  ['auth', 'validate', '-f', 'bad.yaml', '--format', 'github'],
  ['auth', 'validate', '-f', 'bad.yaml', '--format', 'sarif'],
  ['auth', 'validate', '-f', HOSTILE],
  ['auth', 'fmt', '--check', '-f', 'bad.yaml'],
  ['auth', 'plan', '-f', 'good.yaml'],
  ['auth', 'plan', '-f', 'good.yaml', '--markdown'],
  ['auth', 'plan', '-f', 'good.yaml', '--diff'],
  ['auth', 'plan', '-f', 'bad.yaml'],
  ['auth', 'trust', '-f', 'good.yaml', '--yes'],
  ['auth', HOSTILE],
  [HOSTILE],
  ['auth', 'token', HOSTILE],
  ['auth', 'exec', HOSTILE, '--', 'true'],
  ['auth', 'check', HOSTILE],
  ['auth', 'add', HOSTILE, '--api-key', 'k'],
  ['auth', 'add', 'xai', '--label', HOSTILE, '--api-key', 'k'],
  ['auth', 'remove', 'xai', `${HOSTILE}x`],
  ['--home', `/nowhere/${HOSTILE}`, 'auth', 'list'],
  ['-p', HOSTILE, 'auth', 'list'],
  ['login', HOSTILE],
  ['auth', 'strategy', HOSTILE, 'random'],
  ['auth', 'report', 'xai', '1', '--status', '429'],
  ['auth', 'use', 'xai', '1'],
  ['auth', 'reset', HOSTILE],
  ['auth', 'reset', 'xai'],
  ['auth', 'remove', 'xai', '1'],
  ['auth', 'apply', '-f', 'good.yaml', '--yes'],
  ['auth', 'logout', HOSTILE],
];

/** Null bytes can't be words of a command line. */
const typed = (words: readonly string[]): string[] =>
  words.map((word) => word.replaceAll('\0', ''));

/** Lines that would act on a terminal or a workflow runner. */
function dangers({ stdout, stderr }: Run): string[] {
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => hasControls(line) || /^\s*::(?!(error|warning|notice) )/.test(line));
}

test(
  'what files hold reaches the terminal escaped, whichever command shows it and in whichever form',
  async () => {
    let shown = 0;
    const raw: string[] = [];
    for (const json of [false, true]) {
      await using world = await startWorld();
      seedHostile(world);
      for (const words of COMMANDS) {
        if (json && words.some((word) => /^--(markdown|diff|format)$/.test(word))) continue;
        const args = typed(json ? ['--json', ...words] : words);
        // These words mean themselves only behind their command.
        const ordered = json ? [...args.slice(1), '--json'] : args;
        const run = await world.gormes(words.includes('exec') ? typed(words) : ordered);
        const found = [...dangers(run), ...(run.stderr.includes('[bug]') ? [run.stderr] : [])];
        if (found.length > 0) raw.push(JSON.stringify({ words, json, found }));
        shown++;
      }
    }
    expect(raw).toEqual([]);
    figure(
      `terminal: ${shown} runs of commands on a hostile home and declaration: 0 raw characters`,
    );
  },
  LIMIT_MS,
);

test(
  'what a server says is escaped too',
  async () => {
    const sim = codexSim();
    const refresh = `first-refresh-${'f'.repeat(20)}`;
    await using world = await startWorld({ hosts: sim.hosts });
    for (const status of [400, 401, 429, 500]) {
      for (const error of [{ message: HOSTILE, code: HOSTILE, type: HOSTILE }, HOSTILE]) {
        world.home.seed({
          'openai-codex': [
            {
              label: 'team',
              key: world.secret('expired access token', fakeJwt({ exp: 1000, jti: 'expired' })),
              type: 'oauth',
              source: 'manual:device_code',
              raw: { refresh_token: world.secret('refresh token', refresh) },
            },
          ],
        });
        sim.detours.next('refresh', { status, body: { error, error_description: HOSTILE } });
        for (const args of [
          ['auth', 'token', 'openai-codex'],
          ['auth', 'list'],
          ['auth', 'status', 'openai-codex'],
        ]) {
          expect(
            dangers(await world.gormes(args, { allowSecretOnStdout: true })),
            `${status}`,
          ).toEqual([]);
        }
      }
    }
    figure('terminal: 8 hostile answers of a token endpoint: 0 raw characters');
  },
  LIMIT_MS,
);
