import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';
import type { Home } from './home.ts';
import { readRegularFile } from './read-file.ts';

/** A login that another program keeps in its own file. */
export interface VendorLogin {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** Unix milliseconds. */
  readonly expiresAt: number | undefined;
  /** The file that it was read from, for labels and messages. */
  readonly path: string;
}

/** Logins of other programs that Hermes imports by itself (pool-store §8); absent ones are undefined. */
export interface VendorLogins {
  readonly claudeCode: VendorLogin | undefined;
  readonly hermesPkce: VendorLogin | undefined;
  readonly qwen: VendorLogin | undefined;
}

/** What GitHub's program said: its token, or that it has none. */
export interface GhAnswer {
  readonly token: Secret | undefined;
}

/** Reads the vendor files. A file that is missing or makes no sense counts as no login: they are not ours. */
export function readVendorLogins(home: Home, userHome: string | undefined): VendorLogins {
  const inUserHome = (...parts: string[]): string | undefined =>
    userHome === undefined ? undefined : join(userHome, ...parts);
  return {
    claudeCode: readLogin(inUserHome('.claude', '.credentials.json'), 'camel', 'claudeAiOauth'),
    hermesPkce: readLogin(join(home.dir, '.anthropic_oauth.json'), 'camel'),
    qwen: readLogin(inUserHome('.qwen', 'oauth_creds.json'), 'snake'),
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
    const value: Json | undefined = text === undefined ? undefined : JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
