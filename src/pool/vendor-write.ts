import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject, parseObject, stringAt } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import type { Grant } from '../providers/oauth.ts';
import type { Home } from './home.ts';
import { editJsonText } from './json-text.ts';
import { readRegularFile } from './read-file.ts';
import type { VendorLogins } from './vendor.ts';

/** A file beside the store that must hold the new tokens too, with its new content. */
export interface MirrorFile {
  readonly path: string;
  readonly text: string;
}

interface Place {
  readonly home: Home;
  readonly vendor: VendorLogins;
}

/**
 * The file that mirrors a login, by `<provider> <source>` of its entry (oauth-flows §2.1, §7, §8).
 * Undefined where the store is the only place, or where there is no such file: a session that came
 * from a keychain must not be copied into one.
 *
 * @param wasRefresh the refresh token before; another one in the file is another login, and stays
 */
export function mirrorFile(
  provider: string,
  source: string,
  grant: Grant,
  place: Place,
  wasRefresh: string | undefined,
): MirrorFile | undefined {
  const kind = `${provider} ${source}`;
  if (!Object.hasOwn(MIRRORS, kind)) return undefined;
  const mirror = MIRRORS[kind];
  const path = mirror?.path(place);
  if (mirror === undefined || path === undefined) return undefined;
  const text = readRegularFile(path, LIMITS.httpBodyBytes)?.text;
  const content = text === undefined ? undefined : parseObject(text);
  if (text !== undefined && content === undefined) return undefined;
  if (content === undefined && !mirror.creates) return undefined;
  if (content !== undefined && wasRefresh !== undefined) {
    const held = mirror.refreshToken(content);
    if (held !== undefined && held !== wasRefresh) return undefined;
  }
  return { path, text: mirror.render(content ?? {}, text, grant) };
}

interface Mirror {
  readonly path: (place: Place) => string | undefined;
  readonly refreshToken: (content: JsonObject) => string | undefined;
  readonly render: (content: JsonObject, text: string | undefined, grant: Grant) => string;
  /** True where Hermes creates the file at a login. */
  readonly creates?: boolean;
}

const MIRRORS: Readonly<Record<string, Mirror>> = {
  'anthropic claude_code': {
    path: ({ vendor }) => vendor.claude_code?.path,
    refreshToken: (content) => stringAt(objectOf(content.claudeAiOauth), 'refreshToken'),
    // Claude Code wants `scopes` kept, and knows fields that we do not: only the tokens change.
    render: (content, text, grant) =>
      edited(text, {
        ...content,
        claudeAiOauth: { ...objectOf(content.claudeAiOauth), ...camel(grant) },
      }),
  },
  'anthropic hermes_pkce': {
    path: ({ vendor }) => vendor.hermes_pkce?.path,
    refreshToken: (content) => stringAt(content, 'refreshToken'),
    render: (content, text, grant) => edited(text, { ...content, ...camel(grant) }),
  },
  'qwen-oauth qwen-cli': {
    path: ({ vendor }) => vendor['qwen-cli']?.path,
    refreshToken: (content) => stringAt(content, 'refresh_token'),
    // The Qwen CLI takes only a file with strings in these fields and a number in `expiry_date`.
    render: (content, _text, grant) =>
      sorted({
        ...content,
        access_token: grant.accessToken.reveal(),
        ...(grant.refreshToken ? { refresh_token: grant.refreshToken.reveal() } : {}),
        token_type: stringAt(grant.facts, 'token_type') ?? 'Bearer',
        ...pick(grant.facts, 'resource_url'),
        ...(grant.expiresAt === undefined ? {} : { expiry_date: grant.expiresAt }),
      }),
  },
  'google-gemini-cli manual:google_pkce': {
    path: ({ home }) => join(home.dir, 'auth', 'google_oauth.json'),
    creates: true,
    refreshToken: (content) => stringAt(content, 'refresh')?.split('|')[0],
    render: (content, _text, grant) =>
      sorted({
        ...content,
        access: grant.accessToken.reveal(),
        refresh: packedRefresh(grant, stringAt(content, 'refresh')),
        expires: grant.expiresAt ?? 0,
        email: grant.account ?? stringAt(content, 'email') ?? '',
      }),
  },
};

/**
 * `token|project|managed project`; the bare token when there is neither. A refresh knows no project:
 * that of the file stays.
 */
function packedRefresh(grant: Grant, before: string | undefined): string {
  const [oldToken, oldProject = '', ...oldManaged] = before?.split('|') ?? [];
  const token = grant.refreshToken?.reveal() ?? oldToken ?? '';
  const known = grant.facts.project_id !== undefined;
  const project = known ? (stringAt(grant.facts, 'project_id') ?? '') : oldProject;
  const managed = known
    ? (stringAt(grant.facts, 'managed_project_id') ?? '')
    : oldManaged.join('|');
  return project === '' && managed === '' ? token : `${token}|${project}|${managed}`;
}

function camel(grant: Grant): JsonObject {
  return {
    accessToken: grant.accessToken.reveal(),
    ...(grant.refreshToken ? { refreshToken: grant.refreshToken.reveal() } : {}),
    ...(grant.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
  };
}

function pick(object: JsonObject, name: string): JsonObject {
  const value = stringAt(object, name);
  return value === undefined ? {} : { [name]: value };
}

function edited(text: string | undefined, next: JsonObject): string {
  return text === undefined ? `${JSON.stringify(next, null, 2)}\n` : editJsonText(text, next);
}

/** As Python writes with `sort_keys` and an indent of 2. */
function sorted(content: JsonObject): string {
  const byName = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(byName), null, 2)}\n`;
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
