import { isJsonObject, stringAt } from '../../base/json.ts';
import { tildify } from '../../base/text.ts';
import { endLogin, loginState } from '../../pool/draft-pool.ts';
import type { Entry } from '../../pool/entry.ts';
import type { Draft } from '../../pool/store.ts';
import { CATALOG } from '../../providers/catalog.ts';
import { rowOf } from '../../providers/find-provider.ts';
import type { LoginStorage, Removal } from '../../providers/login-storage.ts';
import type { Supply } from './handler.ts';

/** What became of the place that an entry came from (pool-store §11). */
export interface CleanUp {
  /** Sources that must not be imported again. */
  readonly suppresses: readonly string[];
  /** Lines to print. */
  readonly lines: readonly string[];
}

/** Cleans up behind a removed entry, as Hermes does. */
export function cleanUpSource(draft: Draft, entry: Entry, supply: Supply): CleanUp {
  const { source } = entry;
  const login = rowOf(entry.provider)?.login;
  const removals = login?.removals ?? {};
  const removal = Object.hasOwn(removals, source) ? removals[source] : undefined;
  if (login !== undefined && removal !== undefined)
    return cleanUpLogin(draft, entry, login, removal);
  if (source.startsWith('env:'))
    return { suppresses: [source], lines: clearVariable(draft, entry, supply) };
  if (!source.startsWith('config:') && source !== 'model_config')
    return { suppresses: [], lines: [] };
  const lines = [
    `Suppressed ${source} — it will not be re-seeded.`,
    'Note: The underlying value in config.yaml is unchanged.  Edit it directly if you want to remove the credential from disk.',
  ];
  return { suppresses: [source], lines };
}

function cleanUpLogin(
  draft: Draft,
  entry: Entry,
  { homeFile }: LoginStorage,
  { suppresses = [entry.source], endsLogin, removesFile, lines }: Removal,
): CleanUp {
  if (removesFile && homeFile !== undefined) draft.removeFile(homeFile.path);
  const ends = endsLogin === 'always' || (endsLogin === 'same_token' && holdsToken(draft, entry));
  const ended =
    ends && endLogin(draft, entry.provider)
      ? [`Cleared ${entry.provider} OAuth tokens from auth store`]
      : [];
  return { suppresses, lines: [...ended, ...lines] };
}

/** Whether `providers.<id>` holds the refresh token of an entry. */
function holdsToken(draft: Draft, { provider, refreshToken }: Entry): boolean {
  const state = loginState(draft, provider);
  const tokens = isJsonObject(state?.tokens) ? state.tokens : {};
  return refreshToken !== undefined && stringAt(tokens, 'refresh_token') === refreshToken.reveal();
}

/** What Hermes' `.env` and the shell say of a variable that is removed. */
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
