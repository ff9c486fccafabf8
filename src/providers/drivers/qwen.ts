import { join } from 'node:path';
import type { HttpReply } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import { accountOf } from '../../base/jwt.ts';
import { Secret } from '../../base/secret.ts';
import { spendOnce } from '../flows/refresh-grant.ts';
import { isToken, plainText, type Refusal, type Tokens } from '../flows/token-reply.ts';
import type { Grant, LoginContext, OAuthDriver, RefreshFailure } from '../oauth.ts';
import { formRequest } from './form-request.ts';
import { readVendorFile } from './vendor-file.ts';

// All facts: oauth-flows §7.
const TOKEN_URL = 'https://chat.qwen.ai/api/v1/oauth2/token';
const CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';
const BASE_URL = 'https://portal.qwen.ai/v1';
const SKEW_MS = 120_000;
const DEFAULT_LIFE_MS = 6 * 3_600_000;

/**
 * The login of the Qwen CLI, which stays in `~/.qwen/oauth_creds.json`: a login here only finds it,
 * and a refresh must be written back there. Refresh tokens are single-use. The free plan behind it
 * ended in April 2026, so that most refreshes are refused.
 */
export const qwen: OAuthDriver = {
  flow: 'import',
  takes: [],
  login: importLogin,
  refresh: (context, grant) =>
    spendOnce(context, grant, { refusal: judgeRefusal, more: refreshedFacts }, (token) =>
      sendRefresh((request) => context.http({ ...request, signal: context.signal }), token),
    ),
  refreshSkewMs: () => SKEW_MS,
  singleUse: true,
};

/** @throws `qwen_auth_missing`, `qwen_auth_invalid` */
async function importLogin({ userHome, clock, show }: LoginContext): Promise<Grant> {
  const path = userHome === undefined ? undefined : join(userHome, '.qwen', 'oauth_creds.json');
  const file = path === undefined ? undefined : await readVendorFile(path);
  if (file === undefined) throw noLogin('qwen_auth_missing', 'Qwen CLI credentials not found');
  if (!isToken(file.access_token)) {
    throw noLogin('qwen_auth_invalid', `${path} holds no usable access token`);
  }
  show({
    kind: 'note',
    text: 'Qwen ended its free OAuth plan on 2026-04-15: refreshes of this login may be refused',
  });
  const accessToken = new Secret(file.access_token);
  const { refresh_token: refresh, expiry_date: end } = file;
  return {
    accessToken,
    refreshToken: isToken(refresh) ? new Secret(refresh) : undefined,
    // What makes no sense counts as run out, as in Hermes.
    expiresAt: typeof end === 'number' && Number.isFinite(end) ? end : 0,
    obtainedAt: clock.now(),
    account: accountOf(accessToken),
    facts: {
      base_url: BASE_URL,
      token_type: plainText(file.token_type) ?? 'Bearer',
      ...(plainText(file.resource_url) === undefined
        ? {}
        : { resource_url: file.resource_url ?? '' }),
    },
  };
}

function noLogin(code: string, what: string): GormesError {
  return new GormesError(code, what, { hint: 'log in with the Qwen CLI: qwen auth qwen-oauth' });
}

type Send = (request: ReturnType<typeof formRequest>) => Promise<HttpReply>;

function sendRefresh(send: Send, token: Secret): Promise<HttpReply> {
  return send(
    formRequest(TOKEN_URL, {
      grant_type: 'refresh_token',
      refresh_token: token.reveal(),
      client_id: CLIENT_ID,
    }),
  );
}

/** The vendor's own program gives up on 400 and 401, whatever they say. */
function judgeRefusal({ status, code }: Refusal): RefreshFailure | undefined {
  if (status !== 400 && status !== 401) return undefined;
  return { kind: 'dead', reason: code ?? 'qwen_refresh_failed', status };
}

function refreshedFacts(tokens: Tokens, before: Grant) {
  const resource = plainText(tokens.body.resource_url);
  return {
    account: accountOf(tokens.accessToken) ?? before.account,
    expiresAt: tokens.obtainedAt + DEFAULT_LIFE_MS, // only where `expires_in` is absent
    facts: {
      ...before.facts,
      token_type: tokens.tokenType ?? 'Bearer',
      ...(resource === undefined ? {} : { resource_url: resource }),
    },
  };
}
