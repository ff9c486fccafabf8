import { join } from 'node:path';
import { isJsonObject, type JsonObject, parseObject, stringAt } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';
import type { VendorLogin } from '../providers/login-storage.ts';
import type { Home } from './home.ts';
import { readRegularFile } from './read-file.ts';

/** Logins that Hermes imports from files (pool-store §8), by source; absent ones are undefined. */
export type VendorLogins = Readonly<Record<string, VendorLogin | undefined>>;

/** What GitHub's program said: its token, or that it has none. */
export interface GhAnswer {
  readonly token: Secret | undefined;
}

/** Reads the vendor files. A file that is missing or makes no sense counts as no login: they are not ours. */
export function readVendorLogins(home: Home, userHome: string | undefined): VendorLogins {
  const inUserHome = (...parts: string[]): string | undefined =>
    userHome === undefined ? undefined : join(userHome, ...parts);
  return {
    claude_code: readLogin(inUserHome('.claude', '.credentials.json'), 'camel', 'claudeAiOauth'),
    hermes_pkce: readLogin(join(home.dir, '.anthropic_oauth.json'), 'camel'),
    'qwen-cli': readLogin(inUserHome('.qwen', 'oauth_creds.json'), 'snake'),
  };
}

const FIELDS = {
  camel: { access: 'accessToken', refresh: 'refreshToken', expires: 'expiresAt' },
  snake: { access: 'access_token', refresh: 'refresh_token', expires: 'expiry_date' },
} as const;

function readLogin(
  path: string | undefined,
  spelling: keyof typeof FIELDS,
  under?: string,
): VendorLogin | undefined {
  if (path === undefined) return undefined;
  const whole = readJson(path);
  const object = under === undefined ? whole : whole?.[under];
  if (!isJsonObject(object)) return undefined;
  const fields = FIELDS[spelling];
  const access = stringAt(object, fields.access);
  if (access === undefined) return undefined;
  const refresh = stringAt(object, fields.refresh);
  const expires = object[fields.expires];
  return {
    accessToken: new Secret(access),
    refreshToken: refresh === undefined ? undefined : new Secret(refresh),
    expiresAt: typeof expires === 'number' ? expires : undefined,
    path,
  };
}

function readJson(path: string): JsonObject | undefined {
  try {
    const text = readRegularFile(path, LIMITS.httpBodyBytes)?.text;
    return text === undefined ? undefined : parseObject(text);
  } catch {
    return undefined;
  }
}
