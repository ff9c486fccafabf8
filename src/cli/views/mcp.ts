import type { McpLogin } from '../../apply/log-in-mcp.ts';
import type { McpLogout } from '../../apply/log-out-mcp.ts';
import { escapeControls, plural } from '../../base/text.ts';

/** Hermes' words (cli-surface §11). */
export function viewMcpLogin({ tools }: McpLogin): string {
  return tools === 0
    ? '  ✓ Authenticated (server reported no tools)'
    : `  ✓ Authenticated — ${plural(tools, 'tool')} available`;
}

/** JSON of `mcp login` (docs/reference/json.md). */
export function mcpLoginToJson({ server, tools }: McpLogin): object {
  return { server, logged_in: true, tools };
}

export function viewMcpLogout({ server, loggedOut }: McpLogout): string {
  const name = escapeControls(server);
  return loggedOut ? `Logged out of ${name}.` : `No login is stored for ${name}.`;
}

/** What to know after a logout. */
export function mcpLogoutNotes({ server, loggedOut, declaration }: McpLogout): string[] {
  if (!loggedOut) return [];
  const notes = [`Note: nothing was revoked at ${escapeControls(server)}.`];
  if (declaration !== undefined)
    notes.push(
      `Note: the declaration ${escapeControls(declaration)} manages this login; its next apply logs in again.`,
    );
  return notes;
}

/** JSON of `mcp logout`. */
export function mcpLogoutToJson({ server, loggedOut }: McpLogout): object {
  return { server, logged_out: loggedOut };
}
