import type { LoginContext } from '../oauth.ts';
import { type BrowserAnswer, browserLogin, type Redirect } from './browser-login.ts';
import { refusedLogin } from './device-login.ts';
import { loginFailed } from './login-errors.ts';
import type { PasteForm } from './pasted-answer.ts';
import type { Server } from './server.ts';
import { judgeTokenReply, type Tokens, type TokenVerdict } from './token-reply.ts';

/** What differs between the servers of authorization codes. */
export interface CodeLogin {
  readonly redirect: Redirect;
  readonly paste: PasteForm;
  /** An empty one is left out. */
  readonly scope: string;
  readonly verifierBytes: number;
  /** Parameters of the authorization request that the standard does not know. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Makes a client for the redirect URI of this login; it takes the place of the server's. */
  readonly register?: (redirectUri: string) => Promise<Client>;
}

type Client = Pick<Server, 'clientId' | 'clientSecret' | 'clientAuth'>;

/**
 * Authorization code with PKCE at a server that speaks the standard (RFC 6749 §4.1, RFC 7636).
 *
 * @param accept judges the tokens before the browser is told that all went well; throws to refuse
 * @throws GormesError as `browserLogin` does, or what HTTP throws
 */
export async function codeLogin(
  context: LoginContext,
  server: Server & { readonly authorizeUrl: string },
  login: CodeLogin,
  accept: (tokens: Tokens) => void = () => undefined,
): Promise<Tokens> {
  let client: Client = server;
  const exchange = async (answer: BrowserAnswer): Promise<Tokens> => {
    const { requestTokensByCode } = await import('./standard-requests.ts');
    const reply = await requestTokensByCode(context, { ...server, ...client }, answer);
    const tokens = tokensOf(server.provider, judgeTokenReply(reply, context.clock.now()));
    accept(tokens);
    return tokens;
  };
  const parameters = (clientId: string) => ({
    client_id: clientId,
    response_type: 'code',
    ...(login.scope === '' ? {} : { scope: login.scope }),
    ...login.extra,
  });
  const { register } = login;
  return browserLogin(
    context,
    {
      provider: server.provider,
      authorizeUrl: server.authorizeUrl,
      parameters:
        register === undefined
          ? parameters(server.clientId)
          : async (redirectUri) => {
              client = await register(redirectUri);
              return parameters(client.clientId);
            },
      redirect: login.redirect,
      paste: login.paste,
      verifierBytes: login.verifierBytes,
    },
    exchange,
  );
}

/** The tokens of a login's last answer. Throws `login_denied`, `login_expired`, `login_failed`. */
export function tokensOf(provider: string, verdict: TokenVerdict): Tokens {
  switch (verdict.kind) {
    case 'tokens':
      return verdict.tokens;
    case 'unusable':
      throw loginFailed(provider, verdict.why);
    case 'refused':
      throw refusedLogin(provider, verdict.refusal);
    default:
      return verdict satisfies never;
  }
}
