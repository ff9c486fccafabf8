import { join } from 'node:path';
import type { Env } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import { isJsonObject, stringAt } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import { isToken } from '../flows/token-reply.ts';
import type { Grant, LoginContext } from '../oauth.ts';
import { accountIn, tokenEnd } from './codex-token.ts';
import { readVendorFile } from './vendor-file.ts';

/**
 * A copy of the login of the Codex CLI, for a person who asked for it: afterwards either program's
 * refresh ends the other's login, because the refresh token is single-use (oauth-flows §3.1).
 *
 * @throws `codex_auth_missing` when there is none, or it has run out
 */
export async function importCodexLogin(
  context: Pick<LoginContext, 'clock' | 'userHome'> & { readonly env: Env },
): Promise<Grant> {
  const dir =
    context.env.CODEX_HOME?.trim() || (context.userHome && join(context.userHome, '.codex'));
  const path = dir ? join(dir, 'auth.json') : undefined;
  const file = path === undefined ? undefined : await readVendorFile(path);
  const tokens = isJsonObject(file?.tokens) ? file.tokens : {};
  const { access_token: access, refresh_token: refresh, id_token: id } = tokens;
  if (!isToken(access) || !isToken(refresh))
    throw codexAuthMissing('there is no Codex login', path);
  const accessToken = new Secret(access);
  const expiresAt = tokenEnd(accessToken);
  const now = context.clock.now();
  if (expiresAt !== undefined && expiresAt <= now) {
    throw codexAuthMissing('the Codex login has run out', path);
  }
  const idToken = isToken(id) ? new Secret(id) : undefined;
  const accountId = stringAt(tokens, 'account_id');
  return {
    accessToken,
    refreshToken: new Secret(refresh),
    idToken,
    expiresAt,
    obtainedAt: now,
    account: accountIn({ accessToken, idToken }),
    facts: accountId === undefined ? {} : { account_id: accountId },
  };
}

function codexAuthMissing(what: string, path: string | undefined): GormesError {
  return new GormesError('codex_auth_missing', `${what} in ${path ?? 'a home directory'}`, {
    hint: 'codex login, or a login of its own: gormes auth add openai-codex',
  });
}
