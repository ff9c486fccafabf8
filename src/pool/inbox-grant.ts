import { isJsonObject, type Json, type JsonObject, numberAt, stringAt } from '../base/json.ts';
import { Secret } from '../base/secret.ts';
import type { McpGrant } from '../providers/mcp/mcp-server.ts';
import type { Grant } from '../providers/oauth.ts';

// How grants stand in a file of the inbox. What is printed holds secrets and is for that file alone.

type Printed = Readonly<Record<string, Json | undefined>>;

export function printGrant(grant: Grant): Printed {
  return {
    ...printTokens(grant),
    id_token: grant.idToken?.reveal(),
    account: grant.account,
    facts: grant.facts,
  };
}

/** Undefined when there is no access token in it. */
export function parseGrant(value: Json | undefined): Grant | undefined {
  const tokens = isJsonObject(value) ? parseTokens(value) : undefined;
  if (!isJsonObject(value) || tokens === undefined) return undefined;
  return {
    ...tokens,
    idToken: secretAt(value, 'id_token'),
    account: stringAt(value, 'account'),
    facts: isJsonObject(value.facts) ? value.facts : {},
  };
}

export function printMcpGrant({ tokens, client, metadata }: McpGrant): Printed {
  return {
    ...printTokens(tokens),
    expires_in: tokens.expiresIn,
    token_type: tokens.tokenType,
    scope: tokens.scope,
    client: {
      id: client.id,
      facts: client.facts,
      ...(client.secret === undefined ? {} : { secret: client.secret.reveal() }),
    },
    metadata,
  };
}

/** Undefined when there is no access token or no client in it. */
export function parseMcpGrant(value: Json | undefined): McpGrant | undefined {
  if (!isJsonObject(value)) return undefined;
  const tokens = parseTokens(value);
  const { client, metadata } = value;
  const id = isJsonObject(client) ? stringAt(client, 'id') : undefined;
  if (tokens === undefined || !isJsonObject(client) || id === undefined) return undefined;
  return {
    tokens: {
      ...tokens,
      expiresIn: numberAt(value, 'expires_in'),
      tokenType: stringAt(value, 'token_type'),
      scope: stringAt(value, 'scope'),
    },
    client: {
      id,
      secret: secretAt(client, 'secret'),
      facts: isJsonObject(client.facts) ? client.facts : {},
    },
    metadata: isJsonObject(metadata) ? metadata : {},
  };
}

interface CommonTokens {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly expiresAt: number | undefined;
  readonly obtainedAt: number;
}

function printTokens(tokens: CommonTokens): Printed {
  return {
    access_token: tokens.accessToken.reveal(),
    refresh_token: tokens.refreshToken?.reveal(),
    expires_at: tokens.expiresAt,
    obtained_at: tokens.obtainedAt,
  };
}

function parseTokens(value: JsonObject): CommonTokens | undefined {
  const accessToken = secretAt(value, 'access_token');
  if (accessToken === undefined) return undefined;
  return {
    accessToken,
    refreshToken: secretAt(value, 'refresh_token'),
    expiresAt: numberAt(value, 'expires_at'),
    obtainedAt: numberAt(value, 'obtained_at') ?? 0,
  };
}

function secretAt(object: JsonObject, name: string): Secret | undefined {
  const text = stringAt(object, name);
  return text === undefined ? undefined : new Secret(text);
}
