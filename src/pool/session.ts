import { parseTime } from '../base/hermes-time.ts';
import { isJsonObject, type JsonObject, stringAt } from '../base/json.ts';

const MCP = 'mcp:';

/** Address of the login at an MCP server; that of a provider's single login is the provider's id. */
export function mcpAddress(server: string): string {
  return MCP + server;
}

/** The MCP server of an address; undefined when it is another's. */
export function mcpServerOf(address: string): string | undefined {
  return address.startsWith(MCP) ? address.slice(MCP.length) : undefined;
}

/** A single login outside the pool (`providers.<id>`), as planning sees it: no secret. */
export interface LiveSession {
  readonly provider: string;
  /** It can be refreshed, or has not run out. */
  readonly usable: boolean;
  readonly clientId: string | undefined;
  /** What the login asked for. */
  readonly scopes: readonly string[];
}

/** Whether a login still works, as far as its own fields tell (cli-surface §6). */
export function isSessionUsable(login: JsonObject, nowMs: number): boolean {
  if (stringAt(login, 'refresh_token') !== undefined) return true;
  const expiresAt = parseTime(login.expires_at);
  const alive = expiresAt !== undefined && expiresAt > nowMs;
  return alive && stringAt(login, 'access_token') !== undefined;
}

export function observeSessions(logins: JsonObject, nowMs: number): LiveSession[] {
  return Object.entries(logins).flatMap(([provider, login]) => {
    if (!isJsonObject(login)) return [];
    return {
      provider,
      usable: isSessionUsable(login, nowMs),
      clientId: stringAt(login, 'client_id'),
      scopes: (stringAt(login, 'scope') ?? '').split(/\s+/).filter((scope) => scope !== ''),
    };
  });
}
