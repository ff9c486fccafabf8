import type { McpLoginChange } from '../plan/change.ts';
import { mcpFiles, renderMcpGrant } from '../pool/mcp-tokens.ts';
import type { Handler } from './handler.ts';

/** Puts a completed login in the place of the stored one: its client, its server, then its tokens. */
export const handleMcpLogin: Handler<McpLoginChange> = (draft, change, supply) => {
  const { mcpGrant } = supply;
  if (mcpGrant === undefined) throw new Error(`no grant was supplied for ${change.address}`);
  const files = mcpFiles(draft.home, change.server);
  for (const [path, text] of renderMcpGrant(mcpGrant, files)) draft.writeFile(path, text);
  return { lines: [] };
};
