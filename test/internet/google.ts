import { CodeBook } from './code-book.ts';
import type { Hosts } from './internet.ts';
import {
  bearer,
  formFields,
  type Handler,
  jsonFields,
  refuseUnless,
  type SimReply,
} from './simulator.ts';
import { Detours, TokenBook, type TokenLooks } from './token-book.ts';
import { refused } from './xai.ts';

const CLIENT_ID = '681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com';
const SCOPE =
  'https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile';

export interface GoogleOptions extends TokenLooks {
  readonly code?: (n: number) => string;
  readonly clientId?: string;
  readonly clientSecret: string;
  readonly email?: string;
  /** Tier that the account has; without one it has to be set up. */
  readonly tier?: string;
  /** Project that Code Assist knows or assigns. */
  readonly project?: string;
  /** Default tier of an account that is set up: `free-tier`. */
  readonly offers?: string;
  /** Polls of the operation before it is done; default 1. */
  readonly operationPolls?: number;
  /** The answer names the project as an object, as the Gemini CLI reads it. */
  readonly projectAsObject?: boolean;
  /** Code Assist endpoints that answer 503. */
  readonly down?: readonly string[];
}

type Endpoint = 'token' | 'userinfo' | 'load' | 'onboard' | 'operation';

/** Google's token endpoint, user info and Code Assist (oauth-flows §8, §8.1). */
export interface GoogleSim {
  readonly hosts: Hosts;
  readonly tokens: TokenBook;
  readonly detours: Detours<Endpoint>;
  /** Where the browser goes when the person has agreed. */
  authorize(address: string): string;
}

export function googleSim(options: GoogleOptions): GoogleSim {
  const clientId = options.clientId ?? CLIENT_ID;
  const tokens = new TokenBook(
    {
      access: options.access ?? ((n) => `ya29.access-${n}-${'a'.repeat(30)}`),
      refresh: options.refresh ?? ((n) => `1//refresh-${n}-${'r'.repeat(30)}`),
    },
    'google',
  );
  const detours = new Detours<Endpoint>();
  const codes = new CodeBook(
    {
      url: 'https://accounts.google.com/o/oauth2/v2/auth',
      parameters: {
        client_id: clientId,
        response_type: 'code',
        scope: SCOPE,
        access_type: 'offline',
        prompt: 'consent',
      },
      redirectUri: /^http:\/\/127\.0\.0\.1:\d+\/oauth2callback$/,
    },
    // Google's codes hold a slash.
    options.code ?? ((n) => `4/0A-${n}-${'c'.repeat(30)}`),
  );
  const common = { token_type: 'Bearer', expires_in: 3599, scope: SCOPE };

  const token: Handler = (request) => {
    refuseUnless(request.method === 'POST' && request.path === '/token', 'POST /token');
    refuseUnless([...request.query].length === 0, 'no query');
    refuseUnless(request.headers.accept === 'application/json', 'Accept: application/json');
    const isCode = request.body.includes('grant_type=authorization_code');
    const fields = formFields(request, [
      'grant_type',
      'client_id',
      'client_secret',
      ...(isCode ? ['code', 'code_verifier', 'redirect_uri'] : ['refresh_token']),
    ]);
    refuseUnless(fields.client_id === clientId, 'the client id');
    if (fields.client_secret !== options.clientSecret) return refused('invalid_client', 401);
    if (isCode) {
      const { code = '', code_verifier: verifier = '', redirect_uri: uri = '' } = fields;
      const good = codes.redeem(code, verifier, uri);
      const detour = detours.take('token');
      if (detour) return detour;
      if (!good) return refused('invalid_grant');
      const pair = tokens.issue();
      return {
        body: { ...common, access_token: pair.accessToken, refresh_token: pair.refreshToken },
      };
    }
    refuseUnless(fields.grant_type === 'refresh_token', 'a known grant_type');
    const detour = detours.take('token');
    if (detour) return detour;
    const given = fields.refresh_token ?? '';
    if (!tokens.isGood(given)) return refused('invalid_grant');
    return { body: { ...common, access_token: tokens.issue().accessToken } };
  };

  const known = (request: Parameters<Handler>[0]) =>
    refuseUnless(
      tokens.issued.some(({ accessToken }) => accessToken === bearer(request)),
      'an access token of this server',
    );

  const userinfo: Handler = (request) => {
    refuseUnless(
      request.method === 'GET' && request.path === '/oauth2/v1/userinfo',
      'GET of the user info',
    );
    refuseUnless(request.query.toString() === 'alt=json', 'alt=json');
    known(request);
    return (
      detours.take('userinfo') ?? { body: { id: '1', email: options.email ?? 'alice@example.com' } }
    );
  };

  const project = options.projectAsObject ? { id: options.project } : options.project;
  let polls = options.operationPolls ?? 1;
  const operation = (): SimReply =>
    polls-- > 0
      ? { body: { name: 'operations/onboard.1', done: false } }
      : {
          body: {
            name: 'operations/onboard.1',
            done: true,
            response: project === undefined ? {} : { cloudaicompanionProject: project },
          },
        };

  const codeAssist: Handler = (request) => {
    refuseUnless(request.method === 'POST' && [...request.query].length === 0, 'a plain POST');
    known(request);
    refuseUnless(
      request.headers['user-agent'] === 'google-api-nodejs-client/9.15.1 (gzip)' &&
        request.headers['x-goog-api-client'] === 'gl-node/24.0.0' &&
        request.headers.accept === 'application/json',
      'the headers of the Gemini CLI',
    );
    refuseUnless(
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(
        request.headers['x-activity-request-id'] ?? '',
      ),
      'a UUID of version 4',
    );
    if (options.down?.includes(request.host)) return { status: 503, body: {} };
    switch (request.path) {
      case '/v1internal:loadCodeAssist': {
        const fields = jsonFields(request, ['metadata']);
        refuseUnless(isMetadata(fields.metadata, ''), 'the metadata');
        const tier = options.tier;
        return (
          detours.take('load') ?? {
            body: {
              ...(tier === undefined
                ? {}
                : { currentTier: { id: tier }, cloudaicompanionProject: project }),
              allowedTiers: [
                { id: 'legacy-tier' },
                { id: options.offers ?? 'free-tier', isDefault: true },
              ],
            },
          }
        );
      }
      case '/v1internal:onboardUser': {
        const fields = jsonFields(request, ['tierId', 'metadata']);
        refuseUnless(fields.tierId === (options.offers ?? 'free-tier'), 'the tier on offer');
        refuseUnless(isMetadata(fields.metadata, ''), 'the metadata');
        return detours.take('onboard') ?? operation();
      }
      case '/v1internal/operations/onboard.1':
        jsonFields(request, []);
        return detours.take('operation') ?? operation();
      default:
        throw new Error('no such endpoint');
    }
  };

  return {
    hosts: {
      'oauth2.googleapis.com': token,
      'www.googleapis.com': userinfo,
      'cloudcode-pa.googleapis.com': codeAssist,
      'daily-cloudcode-pa.sandbox.googleapis.com': codeAssist,
      'autopush-cloudcode-pa.sandbox.googleapis.com': codeAssist,
    },
    tokens,
    detours,
    authorize: (address) => {
      const { code, state, redirectUri } = codes.authorize(address);
      return `${redirectUri}?${new URLSearchParams({ state, code, scope: SCOPE })}`;
    },
  };
}

function isMetadata(value: unknown, project: string): boolean {
  return (
    JSON.stringify(value) ===
    JSON.stringify({
      duetProject: project,
      ideType: 'IDE_UNSPECIFIED',
      platform: 'PLATFORM_UNSPECIFIED',
      pluginType: 'GEMINI',
    })
  );
}
