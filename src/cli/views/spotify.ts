import { escapeControls, tildify } from '../../base/text.ts';
import type { Home } from '../../pool/home.ts';

/** What stands before the address of a login: the two settings that must agree with the app's. */
export function viewSpotifyStart(url: string): string {
  const { searchParams } = new URL(url);
  return [
    'Starting Spotify PKCE login...',
    `Client ID: ${escapeControls(searchParams.get('client_id') ?? '')}`,
    `Redirect URI: ${escapeControls(searchParams.get('redirect_uri') ?? '')}`,
    'Make sure this redirect URI is allow-listed in your Spotify app settings.',
    '',
  ].join('\n');
}

export function viewSpotifyLogin(home: Home, userHome: string | undefined): string {
  return [
    'Spotify login successful!',
    `  Auth state: ${escapeControls(tildify(home.authFile, userHome))}`,
    '  Provider state saved under providers.spotify',
  ].join('\n');
}
