import { Command, Option } from 'clipanion';
import type { LoginIo } from '../apply/log-in.ts';
import type { Status } from '../apply/read-status.ts';
import { type ExitCode, GormesError } from '../base/errors.ts';
import type { PoolStore } from '../pool/store.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';
import { waitOf } from './wait-option.ts';

const PROVIDER = 'spotify';

/** Hermes' wait for the browser (cli-surface §9). */
const WAIT_MS = 180_000;

export class AuthSpotifyCommand extends GormesCommand {
  static override paths = [['auth', 'spotify']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Log in to Spotify, tell how that stands, or log out',
    details: `
      The action is \`login\` (the default), \`status\` or \`logout\`. Spotify is one login for each home,
      outside the pool; a new one takes the place of the old one once it is complete. The model and the
      active provider stay as they are, and a logout revokes nothing at Spotify.

      Each person registers an app of their own at Spotify. When no client id is known, a terminal is
      led through that, and HERMES_SPOTIFY_CLIENT_ID is saved in the home's \`.env\`. Settings are taken
      from the option, the variable, the stored login, then the default.
    `,
    examples: [
      ['Log in', '$0 auth spotify'],
      [
        'With an app, on a machine without a browser',
        '$0 auth spotify --client-id ID --no-browser',
      ],
      ['For a script', '$0 auth spotify status --json'],
      ['Log out', '$0 auth spotify logout'],
    ],
  });

  action = Option.String({ required: false });
  clientId = Option.String('--client-id', { description: 'Client id of your app at Spotify' });
  redirectUri = Option.String('--redirect-uri', {
    description: 'As registered for the app: http, 127.0.0.1 or localhost, with a port',
  });
  scope = Option.String('--scope', { description: 'Scopes with spaces between; default: Hermes’' });
  noBrowser = Option.Boolean('--no-browser', false, {
    description: 'Print the address instead of opening a browser',
  });
  timeout = Option.String('--timeout', {
    description: 'Seconds to wait for the browser; default 180, at least 5',
  });

  async run(context: CliContext): Promise<ExitCode> {
    switch (this.action ?? 'login') {
      case 'login':
        return await this.logIn(context);
      case 'status': {
        const { showStatus } = await import('./auth-status.ts');
        await showStatus(context, PROVIDER);
        return 0;
      }
      case 'logout': {
        const { logOut } = await import('./auth-logout.ts');
        return await logOut(context, PROVIDER, false);
      }
      default:
        throw await unknownAction(this.action ?? '');
    }
  }

  private async logIn(context: CliContext): Promise<ExitCode> {
    const waitMs = waitOf(this.timeout) ?? WAIT_MS;
    const { deps, out } = context;
    const { viewSpotifyLogin } = await import('./views/spotify.ts');
    const { statusToJson } = await import('./views/status.ts');
    const store = await openStore(context);
    const io = await this.loginIo(context);
    const status = await this.logInOrSetUp(context, store, io, waitMs);
    out.result(statusToJson(status), () => viewSpotifyLogin(store.home, deps.userHome));
    await out.next(async () => (await import('./next-step.ts')).afterSpotify(context));
    return 0;
  }

  /** Without a client id a terminal is led to one; elsewhere the driver's error says what to do. */
  private async logInOrSetUp(
    context: CliContext,
    store: PoolStore,
    io: LoginIo,
    waitMs: number,
  ): Promise<Status> {
    const { deps } = context;
    try {
      return await this.logInWith(context, store, io, waitMs, this.clientId);
    } catch (error) {
      const lacksApp = error instanceof GormesError && error.code === 'spotify_client_id_missing';
      if (!lacksApp || !deps.terminal.interactive) throw error;
    }
    const clientId = await this.setUp(context, store);
    return await this.logInWith(context, store, io, waitMs, clientId);
  }

  private async logInWith(
    { deps }: CliContext,
    store: PoolStore,
    io: LoginIo,
    waitMs: number,
    clientId: string | undefined,
  ): Promise<Status> {
    const { logInSession } = await import('../apply/log-in-session.ts');
    return await logInSession(deps, store, io, {
      provider: PROVIDER,
      options: { clientId, redirectUri: this.redirectUri, scopes: scopesOf(this.scope) },
      network: { waitMs },
    });
  }

  /** Asks for the app and remembers it in `.env`, a redirect URI of one's own along with it. */
  private async setUp({ deps, out }: CliContext, store: PoolStore): Promise<string> {
    const { askForSpotifyApp } = await import('./ui/spotify-setup.ts');
    const { changeSettings } = await import('../apply/change-settings.ts');
    const { REDIRECT_URI, redirectUriOf } = await import('../providers/drivers/spotify.ts');
    const { Secret } = await import('../base/secret.ts');
    const { tildify } = await import('../base/text.ts');
    const { platform } = await import('node:process');
    const { env } = (await store.read()).inputs;
    const redirectUri = redirectUriOf({ options: { redirectUri: this.redirectUri }, env });
    const clientId = await askForSpotifyApp(deps, {
      redirectUri,
      noBrowser: this.noBrowser,
      platform,
      columns: out.columns,
    });
    const variables = new Map([['HERMES_SPOTIFY_CLIENT_ID', new Secret(clientId)]]);
    if (redirectUri !== REDIRECT_URI)
      variables.set('HERMES_SPOTIFY_REDIRECT_URI', new Secret(redirectUri));
    await changeSettings(deps, store, { address: '.env', variables });
    const names = [...variables.keys()].join(' and ');
    out.notice(`Saved ${names} to ${tildify(store.home.envFile, deps.userHome)}\n`);
    return clientId;
  }

  /** Tells before the browser opens what must be registered at Spotify. */
  private async loginIo({ deps, streams }: CliContext): Promise<LoginIo> {
    const { createLoginIo } = await import('./ui/login-io.ts');
    const { viewSpotifyStart } = await import('./views/spotify.ts');
    const { platform } = await import('node:process');
    const io = createLoginIo(deps, { noBrowser: this.noBrowser, streams, platform });
    return {
      paste: io.paste,
      show: (address, announcement) => {
        if (announcement.kind === 'browser') deps.notice(viewSpotifyStart(announcement.url));
        io.show(address, announcement);
      },
    };
  }
}

function scopesOf(given: string | undefined): string[] | undefined {
  const scopes = given?.split(/[\s,]+/).filter((scope) => scope !== '');
  return scopes === undefined || scopes.length === 0 ? undefined : scopes;
}

/** Hermes' words; what looks like a key is not repeated. */
async function unknownAction(given: string): Promise<GormesError> {
  const { findMasked } = await import('../config/looks-like-key.ts');
  const { escapeControls } = await import('../base/text.ts');
  const shown = findMasked(given).length > 0 ? '…' : escapeControls(given);
  return new GormesError('unknown_spotify_action', `Spotify has no action "${shown}"`, {
    hermes: `Unknown Spotify auth action: ${shown}`,
    hint: 'gormes auth spotify [login|status|logout]',
  });
}
