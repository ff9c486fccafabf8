import type { McpLogin } from '../../apply/log-in-mcp.ts';
import { plural } from '../../base/text.ts';

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
