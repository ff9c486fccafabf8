import { isJsonObject, stringAt } from '../base/json.ts';
import { tildify } from '../base/text.ts';
import { endLogin, loginState } from '../pool/draft-pool.ts';
import type { Entry } from '../pool/entry.ts';
import type { Draft } from '../pool/store.ts';
import { CATALOG } from '../providers/catalog.ts';
import type { Supply } from './handler.ts';

/** What removing an entry does to the place that it came from (pool-store §11). */
interface Step {
  readonly matches: (entry: Entry) => boolean;
  /** Sources that must not be imported again; default: the entry's own. */
  readonly suppresses?: (entry: Entry) => readonly string[];
  /** Cleans up and returns the lines to print. */
  readonly run: (
    draft: Draft,
    entry: Entry,
    supply: Supply,
    remaining: readonly Entry[],
  ) => string[];
}

export interface CleanUp {
  readonly suppresses: readonly string[];
  readonly lines: readonly string[];
}

/** Cleans up behind a removed entry: the first step that matches, as Hermes does. */
export function cleanUpSource(
  draft: Draft,
  entry: Entry,
  supply: Supply,
  remaining: readonly Entry[],
): CleanUp {
  const step = STEPS.find((candidate) => candidate.matches(entry));
  if (step === undefined) return { suppresses: [], lines: [] };
  return {
    suppresses: step.suppresses?.(entry) ?? [entry.source],
    lines: step.run(draft, entry, supply, remaining),
  };
}

const COPILOT_SOURCES = ['gh_cli', 'env:COPILOT_GITHUB_TOKEN', 'env:GH_TOKEN', 'env:GITHUB_TOKEN'];

const from =
  (provider: string, ...sources: readonly string[]) =>
  (entry: Entry): boolean =>
    entry.provider === provider && sources.includes(entry.source);

const STEPS: readonly Step[] = [
  {
    matches: (entry) => entry.provider === 'copilot' && COPILOT_SOURCES.includes(entry.source),
    suppresses: () => COPILOT_SOURCES,
    run: () => [
      'Suppressed all copilot token sources (gh_cli + env vars) — they will not be re-seeded.',
      'Note: Your gh CLI / shell environment is unchanged.',
      'Run `gormes auth add copilot` to re-enable if needed.',
    ],
  },
  { matches: (entry) => entry.source.startsWith('env:'), run: clearVariable },
  {
    matches: from('anthropic', 'claude_code'),
    run: () => [
      'Suppressed claude_code credential — it will not be re-seeded.',
      'Note: Claude Code credentials still live in ~/.claude/.credentials.json',
      'Run `gormes auth add anthropic` to re-enable if needed.',
    ],
  },
  {
    matches: from('anthropic', 'hermes_pkce'),
    run: (draft) => {
      draft.removeFile('.anthropic_oauth.json');
      return ['Cleared Hermes Anthropic OAuth credentials'];
    },
  },
  {
    matches: from('nous', 'device_code'),
    run: (draft) => clearedLogin(draft, 'nous'),
  },
  {
    matches: (entry) =>
      entry.provider === 'openai-codex' &&
      (entry.source === 'device_code' || entry.source.endsWith(':device_code')),
    suppresses: (entry) => (entry.source === 'device_code' ? [entry.source] : []),
    run: removeCodexLogin,
  },
  {
    matches: from('xai-oauth', 'device_code'),
    run: (draft) => [
      ...clearedLogin(draft, 'xai-oauth'),
      'Run `gormes model` → xAI Grok OAuth (SuperGrok / Premium+) to re-authenticate if needed.',
    ],
  },
  {
    matches: from('qwen-oauth', 'qwen-cli'),
    run: () => [
      'Suppressed qwen-cli credential — it will not be re-seeded.',
      'Note: Qwen CLI credentials still live in ~/.qwen/oauth_creds.json',
      'Run `gormes auth add qwen-oauth` to re-enable if needed.',
    ],
  },
  {
    matches: from('minimax-oauth', 'oauth'),
    run: (draft) => clearedLogin(draft, 'minimax-oauth'),
  },
  {
    matches: (entry) => entry.source.startsWith('config:') || entry.source === 'model_config',
    run: (_draft, entry) => [
      `Suppressed ${entry.source} — it will not be re-seeded.`,
      'Note: The underlying value in config.yaml is unchanged.  Edit it directly if you want to remove the credential from disk.',
    ],
  },
];

function clearVariable(draft: Draft, entry: Entry, supply: Supply): string[] {
  const name = entry.source.slice('env:'.length);
  const wasInFile = draft.env.names().includes(name);
  draft.env = draft.env.remove(name);
  const lines = wasInFile ? [`Cleared ${name} from .env`, ...sharedBy(name, entry.provider)] : [];
  if (supply.env[name] && !wasInFile) {
    const envFile = tildify(draft.home.envFile, supply.env.HOME);
    return [
      ...lines,
      `Note: ${name} is still set in your shell environment (not in ${envFile}).`,
      '  Unset it there (shell profile, systemd EnvironmentFile, launchd plist, etc.) or it will keep being visible to Hermes.',
      `  The pool entry is now suppressed — Hermes will ignore ${name} until you run \`gormes auth add ${entry.provider}\`.`,
    ];
  }
  return [
    ...lines,
    `Suppressed ${entry.source} — it will not be re-seeded even if the variable is re-exported later.`,
  ];
}

/** One variable may feed two providers (Qwen Cloud and its coding plan). */
function sharedBy(name: string, provider: string): string[] {
  const others = CATALOG.filter((row) => row.id !== provider && row.keyEnv.includes(name));
  return others.map((row) => `Note: ${row.id} took its key from ${name} too.`);
}

function clearedLogin(draft: Draft, provider: string): string[] {
  return endLogin(draft, provider) ? [`Cleared ${provider} OAuth tokens from auth store`] : [];
}

/**
 * Hermes ends the shared login whichever Codex account is removed, and with it the siblings'. Here
 * only the account that the login belongs to ends it (docs/reference/parity.md).
 */
function removeCodexLogin(draft: Draft, entry: Entry): string[] {
  const state = loginState(draft, entry.provider);
  const tokens = isJsonObject(state?.tokens) ? state.tokens : {};
  const isShared =
    entry.source === 'device_code' ||
    (entry.refreshToken !== undefined &&
      stringAt(tokens, 'refresh_token') === entry.refreshToken.reveal());
  return [
    ...(isShared ? clearedLogin(draft, entry.provider) : []),
    ...(entry.source === 'device_code'
      ? [`Suppressed ${entry.provider} device_code source — it will not be re-seeded.`]
      : []),
    'Note: Codex CLI credentials still live in ~/.codex/auth.json',
    `Run \`gormes auth add ${entry.provider}\` to re-enable if needed.`,
  ];
}
