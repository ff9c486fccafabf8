import type { McpLoginChange, McpLogoutChange } from '../../plan/change.ts';
import { bindSession, unbindSession } from '../../pool/draft-ledger.ts';
import { mcpFileNames, mcpFiles, renderMcpGrant } from '../../pool/mcp-tokens.ts';
import type { Handler } from './handler.ts';

/** Puts a completed login in the place of the stored one: its client, its server, then its tokens. */
export const handleMcpLogin: Handler<McpLoginChange> = (draft, change, supply) => {
  const { mcpGrant } = supply;
  if (mcpGrant === undefined) throw new Error(`no grant was supplied for ${change.address}`);
  const files = mcpFiles(draft.home, change.server);
  for (const [path, text] of renderMcpGrant(mcpGrant, files)) draft.writeFile(path, text);
  bindSession(draft, change.address, mcpGrant.client.id, change.managed);
  return { lines: [] };
};

/**
 * Deletes the stored login; its tokens last, since without them nobody would come back for the rest.
 * `config.yaml` stays.
 */
export const handleMcpLogout: Handler<McpLogoutChange> = (draft, change) => {
  const { tokens, client, meta } = mcpFileNames(change.server);
  for (const name of [meta, client, tokens]) draft.removeFile(name);
  unbindSession(draft, change.address);
  return { lines: [] };
};
