import type { Deps } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import { escapeControls } from '../../base/text.ts';
import { canOpenBrowser, openBrowser } from './open-browser.ts';

const DASHBOARD = 'https://developer.spotify.com/dashboard';
const RULE = '='.repeat(70);

/** Wrong answers before the set-up ends; more is no slip of the hand. */
const TURNS = 3;

interface SetupOptions {
  readonly redirectUri: string;
  readonly noBrowser: boolean;
  readonly platform: NodeJS.Platform;
}

/**
 * Leads a person to an app of their own at Spotify, which ships no client id for others, and returns
 * its client id (cli-surface §9). Stores nothing.
 *
 * @throws `spotify_setup_cancelled` for an empty or a wrong answer, `interrupted` for Ctrl-C
 */
export async function askForSpotifyApp(
  deps: Pick<Deps, 'env' | 'terminal' | 'notice' | 'signal'>,
  { redirectUri, noBrowser, platform }: SetupOptions,
): Promise<string> {
  const opens = !noBrowser && canOpenBrowser(deps.env, platform);
  deps.notice(
    [
      RULE,
      'Spotify first-time setup',
      RULE,
      'Spotify wants each person to register an app of their own. It is free and',
      'takes two minutes:',
      '',
      `  1. ${opens ? 'Your browser opens' : 'Open'} ${DASHBOARD}`,
      '  2. Choose "Create app"; name and description are yours to choose',
      '  3. As redirect URI enter exactly:',
      `       ${escapeControls(redirectUri)}`,
      '  4. Tick "Web API" and save',
      '  5. Copy the Client ID from the settings of the app; not the secret',
      '',
    ].join('\n'),
  );
  if (opens) void openBrowser(DASHBOARD);
  for (let turn = 1; ; turn++) {
    const given = await deps.terminal.ask('Spotify Client ID: ', { signal: deps.signal });
    if (given === '') throw cancelled('Spotify setup cancelled: empty Client ID.');
    if (isClientId(given)) return given;
    if (turn === TURNS) throw cancelled('Spotify setup cancelled: that is no Client ID.');
    deps.notice('That is no Client ID: it has 32 letters and digits, and nothing else.');
  }
}

/** Spotify's are 32 hex digits; that much is not promised, so the length is left open. */
function isClientId(text: string): boolean {
  return /^[0-9A-Za-z]{16,64}$/.test(text);
}

function cancelled(message: string): GormesError {
  return new GormesError('spotify_setup_cancelled', message, {
    verbatim: true,
    hint: 'once you have it: gormes auth spotify --client-id ID',
  });
}
