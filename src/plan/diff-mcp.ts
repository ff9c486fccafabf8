import { escapeControls } from '../base/text.ts';
import type { Change } from './change.ts';
import type { LiveMcp, PlanInput } from './context.ts';

/** Logins at MCP servers that are declared: `undefined` for one that is there. */
export function diffMcp({ desired, outside }: PlanInput): (Change | undefined)[] {
  return desired.mcpServers.map(({ name }) => {
    const common = { address: `mcp:${name}`, provider: 'mcp' };
    const live = outside?.mcp.get(name);
    if (live === undefined) {
      return {
        ...common,
        action: 'unknown',
        reason: 'not_checkable',
        detail: 'whether it is logged in is not known here',
        unfulfilled: false,
      };
    }
    if (live.obstacle !== undefined) {
      const detail = OBSTACLES[live.obstacle](escapeControls(name));
      const reason = 'not_an_oauth_server';
      return { ...common, action: 'unknown', reason, detail, unfulfilled: true };
    }
    if (live.login === 'usable') return undefined;
    const reason = live.login === 'expired' ? 'token_expired' : 'not_in_pool';
    return { ...common, action: 'mcp_login', reason, server: name };
  });
}

const OBSTACLES: Readonly<Record<NonNullable<LiveMcp['obstacle']>, (name: string) => string>> = {
  not_configured: (name) => `config.yaml has no mcp_servers.${name}`,
  no_url: (name) => `mcp_servers.${name} in config.yaml has no url`,
  not_oauth: (name) => `mcp_servers.${name} in config.yaml has no "auth: oauth"`,
  same_file: (name) => `another MCP server keeps its tokens in the same file as ${name}`,
};
