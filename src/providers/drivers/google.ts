import { type JsonObject, parseObject, stringAt } from '../../base/json.ts';
import { codeLogin } from '../flows/code-login.ts';
import { loginFailed } from '../flows/login-errors.ts';
import { refreshGrant } from '../flows/refresh-grant.ts';
import type { Server } from '../flows/server.ts';
import { grantOf, plainText, type Tokens } from '../flows/token-reply.ts';
import type { LoginContext, OAuthDriver, RefreshContext } from '../oauth.ts';
import { findGeminiClient } from './gemini-client.ts';
import { findProject } from './google-code-assist.ts';

// All facts: oauth-flows §8.
const PROVIDER = 'Google';
const ISSUER = 'https://accounts.google.com';
const AUTHORIZE_URL = 'https://accounts.google.com/o/oauth2/v2/auth';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const USERINFO_URL = 'https://www.googleapis.com/oauth2/v1/userinfo?alt=json';
const SCOPE = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
].join(' ');

/**
 * Authorization code with PKCE as Google's Gemini CLI, then the Code Assist project.
 *
 * Standard, but for the client secret that Google asks of installed applications although it is
 * none: it comes from a variable or an installed Gemini CLI. Refresh tokens can be used again.
 * Hermes joins them in `google_oauth.json` as `token|project_id|managed_project_id`.
 */
export const google: OAuthDriver = {
  flow: 'browser',
  takes: [],
  singleUse: false,
  refreshSkewMs: () => 60_000,
  login: async (context) => {
    const server = { ...(await serverOf(context)), authorizeUrl: AUTHORIZE_URL };
    const tokens = await codeLogin(
      context,
      server,
      {
        // Google takes any loopback port.
        redirect: {
          kind: 'loopback',
          host: '127.0.0.1',
          port: 8085,
          path: '/oauth2callback',
          anyPort: true,
        },
        paste: 'redirect_url',
        scope: SCOPE,
        verifierBytes: 64,
        extra: { access_type: 'offline', prompt: 'consent' },
      },
      ({ refreshToken }) => {
        if (!refreshToken) throw loginFailed(PROVIDER, 'the answer holds no refresh token');
      },
    );
    const email = await emailOf(context, tokens);
    const project = await findProject(context, tokens.accessToken);
    if ('why' in project) context.show({ kind: 'note', text: project.why });
    const facts: JsonObject = 'why' in project ? {} : { ...project };
    if (email !== undefined) facts.email = email;
    return grantOf(tokens, { account: email, facts });
  },
  refresh: async (context, grant) => refreshGrant(context, await serverOf(context), grant),
};

async function serverOf(context: RefreshContext): Promise<Server> {
  const client = await findGeminiClient(context.env);
  return {
    provider: PROVIDER,
    issuer: ISSUER,
    tokenUrl: TOKEN_URL,
    clientId: client.id,
    clientSecret: client.secret,
  };
}

/** The address of the account; only a label, so that no failure matters. */
async function emailOf(context: LoginContext, tokens: Tokens): Promise<string | undefined> {
  try {
    const reply = await context.http({
      method: 'GET',
      url: USERINFO_URL,
      headers: { authorization: `Bearer ${tokens.accessToken.reveal()}` },
      timeoutMs: 20_000,
      signal: context.signal,
    });
    const body = reply.status === 200 ? parseObject(reply.body) : undefined;
    return body && plainText(stringAt(body, 'email'));
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}
