import type { Deps } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import { escapeControls } from '../../base/text.ts';
import { wrap } from '../../base/wrap.ts';
import { canOpenBrowser, openBrowser } from './open-browser.ts';

const DASHBOARD = 'https://developer.spotify.com/dashboard';
/** Hermes' rule and text have this width. */
const WIDTH = 74;
const RULE = 70;

/** Wrong answers before the set-up ends; more is no slip of the hand. */
const TURNS = 3;

interface SetupOptions {
  readonly redirectUri: string;
  readonly noBrowser: boolean;
  readonly platform: NodeJS.Platform;
  /** Of the terminal. */
  readonly columns: number;
}

/**
 * Leads a person to an app of their own at Spotify, which ships no client id for others, and returns
 * its client id (cli-surface §9). Stores nothing.
 *
 * @throws `spotify_setup_cancelled` for an empty or a wrong answer, `interrupted` for Ctrl-C
 */
export async function askForSpotifyApp(
  deps: Pick<Deps, 'env' | 'terminal' | 'notice' | 'signal'>,
  { redirectUri, noBrowser, platform, columns }: SetupOptions,
): Promise<string> {
  const opens = !noBrowser && canOpenBrowser(deps.env, platform);
  const rule = '='.repeat(Math.min(RULE, columns));
  const width = Math.min(WIDTH, columns);
  const steps = [
    `${opens ? 'Your browser opens' : 'Open'} ${DASHBOARD}`,
    'Choose "Create app"; name and description are yours to choose',
    'As redirect URI enter exactly:',
    'Tick "Web API" and save',
    'Copy the Client ID from the settings of the app; not the secret',
  ].map((text, index) => wrap(`${index + 1}. ${text}`, width, '  ', '     ').join('\n'));
  // In a line of its own, whole, so that it can be copied.
  steps.splice(3, 0, `       ${escapeControls(redirectUri)}`);
  const why = 'Spotify wants each person to register an app of their own.';
  const intro = wrap(`${why} It is free and takes two minutes:`, width, '');
  deps.notice([rule, 'Spotify first-time setup', rule, ...intro, '', ...steps, ''].join('\n'));
  if (opens) void openBrowser(DASHBOARD);
  for (let turn = 1; ; turn++) {
    const given = await deps.terminal.ask('Spotify Client ID: ', { signal: deps.signal });
    if (given === '') throw cancelled('empty Client ID');
    if (isClientId(given)) return given;
    if (turn === TURNS) throw cancelled('that is no Client ID');
    deps.notice('That is no Client ID: it has 32 letters and digits, and nothing else.');
  }
}

/** Spotify's are 32 hex digits; that much is not promised, so the length is left open. */
function isClientId(text: string): boolean {
  return /^[0-9A-Za-z]{16,64}$/.test(text);
}

function cancelled(why: string): GormesError {
  return new GormesError('spotify_setup_cancelled', `the set-up of Spotify was cancelled: ${why}`, {
    hermes: `Spotify setup cancelled: ${why}.`,
    hint: 'once you have it: gormes auth spotify --client-id ID',
  });
}
