/**
 * The requests of RFC 6749, 7636, 8414 and 8628, built by oauth4webapi and sent by our own client.
 * Answers come back as they are: `token-reply.ts` and `device-reply.ts` judge them. Loads
 * oauth4webapi, so import it on demand.
 */
import * as oauth from 'oauth4webapi';
import type { HttpReply, HttpRequest } from '../../base/deps.ts';
import type { Secret } from '../../base/secret.ts';
import type { BrowserAnswer } from './browser-login.ts';
import { loginFailed } from './login-errors.ts';
import { sendLogin } from './send.ts';
import type { SendContext, Server } from './server.ts';

/** Per poll and per refresh (reliability.md §4b). */
const POLL_TIMEOUT_MS = 15_000;
const REFRESH_TIMEOUT_MS = 20_000;

/**
 * Exchange of a code (RFC 6749 §4.1.3, RFC 7636 §4.5). The callback's `iss` is compared when it has
 * one or must have one (RFC 9207).
 *
 * @throws GormesError `login_failed` for a callback of another server, or what HTTP throws
 */
export async function requestTokensByCode(
  context: SendContext,
  server: Server,
  answer: BrowserAnswer,
): Promise<HttpReply> {
  const { as, client, auth } = parties(server);
  const checked = checkCallback(server, answer.params);
  return replyTo(
    (options) =>
      oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        checked,
        answer.redirectUri,
        answer.verifier.reveal(),
        {
          ...options,
          ...(server.resource === undefined
            ? {}
            : { additionalParameters: { resource: server.resource } }),
          // A server of one's own machine; `secureUrl` let no other http through.
          [oauth.allowInsecureRequests]: server.tokenUrl.startsWith('http:'),
        },
      ),
    (request) => sendLogin(context, request),
  );
}

/** Device authorization (RFC 8628 §3.1); an empty scope is left out. */
export async function requestDeviceCode(
  context: SendContext,
  server: Server,
  scope: string,
): Promise<HttpReply> {
  const { as, client, auth } = parties(server);
  const parameters = new URLSearchParams(scope === '' ? [] : [['scope', scope]]);
  return replyTo(
    (options) => oauth.deviceAuthorizationRequest(as, client, auth, parameters, options),
    (request) => sendLogin(context, request),
  );
}

/** One poll (RFC 8628 §3.4). */
export async function requestTokensByDevice(
  context: SendContext,
  server: Server,
  deviceCode: Secret,
): Promise<HttpReply> {
  const { as, client, auth } = parties(server);
  return replyTo(
    (options) => oauth.deviceCodeGrantRequest(as, client, auth, deviceCode.reveal(), options),
    (request) => sendLogin(context, { ...request, timeoutMs: POLL_TIMEOUT_MS }),
  );
}

/** Refresh (RFC 6749 §6) without a scope, so that the grant's stays. Sent once, whatever happens. */
export async function requestRefresh(
  context: SendContext,
  server: Server,
  refreshToken: Secret,
): Promise<HttpReply> {
  const { as, client, auth } = parties(server);
  return replyTo(
    (options) => oauth.refreshTokenGrantRequest(as, client, auth, refreshToken.reveal(), options),
    (request) =>
      context.http({ ...request, timeoutMs: REFRESH_TIMEOUT_MS, signal: context.signal }),
  );
}

function parties(server: Server) {
  const as: oauth.AuthorizationServer = {
    issuer: server.issuer,
    token_endpoint: server.tokenUrl,
    ...(server.deviceUrl === undefined ? {} : { device_authorization_endpoint: server.deviceUrl }),
    ...(server.namesIssuer ? { authorization_response_iss_parameter_supported: true } : {}),
  };
  const client: oauth.Client = { client_id: server.clientId };
  return { as, client, auth: authOf(server) };
}

function authOf({ clientSecret, clientAuth }: Server): oauth.ClientAuth {
  if (clientSecret === undefined) return oauth.None();
  return clientAuth === 'basic'
    ? oauth.ClientSecretBasic(clientSecret.reveal())
    : oauth.ClientSecretPost(clientSecret.reveal());
}

/** oauth4webapi quotes the callback in its errors, so nothing of them is kept. */
function checkCallback(server: Server, params: URLSearchParams): URLSearchParams {
  const { as, client } = parties(server);
  try {
    // The flow compared the state already; a code that was pasted alone has none.
    const state = params.get('state') ?? oauth.expectNoState;
    return oauth.validateAuthResponse(as, client, params, state);
  } catch {
    throw loginFailed(server.provider, 'the answer is not the one that this login asked for');
  }
}

interface RequestOptions {
  [oauth.customFetch]: (
    url: string,
    init: oauth.CustomFetchOptions<'POST', URLSearchParams>,
  ) => Promise<Response>;
}

/** Lets oauth4webapi build a request and sends it by `send`; the reply goes past oauth4webapi. */
async function replyTo(
  build: (options: RequestOptions) => Promise<Response>,
  send: (request: HttpRequest) => Promise<HttpReply>,
): Promise<HttpReply> {
  const replies: HttpReply[] = [];
  await build({
    [oauth.customFetch]: async (url, init) => {
      const { 'user-agent': _theirs, ...headers } = init.headers;
      replies.push(await send({ method: 'POST', url, headers, body: init.body.toString() }));
      return new Response();
    },
  });
  const [reply] = replies;
  if (reply === undefined) throw new Error('the request was built and not sent');
  return reply;
}
