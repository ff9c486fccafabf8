import { escapeControls } from '../base/text.ts';
import type { DesiredMcp } from '../config/desired.ts';
import type { LiveMcp } from '../pool/mcp-logins.ts';
import { mcpAddress } from '../pool/session.ts';
import type { Reason, UnknownChange } from './change.ts';
import type { PlanInput } from './context.ts';
import {
  diffOwner,
  driftOfLoggedOut,
  foreignLogin,
  liveLogins,
  type SessionDiff,
} from './sessions.ts';

const NOT_CONFIGURED: LiveMcp = {
  obstacle: 'not_configured',
  login: 'absent',
  client: undefined,
};

/**
 * A declared login at an MCP server: made when there is none, or when it has run out. Undefined for
 * one that is not to be: what is there is ended by `diffLogouts`.
 */
export function diffMcp(input: PlanInput, wish: DesiredMcp): SessionDiff | undefined {
  const { name, state, protect } = wish;
  const address = mcpAddress(name);
  const common = { address, provider: 'mcp' } as const;
  const unknown = (detail: string, reason: Reason, unfulfilled: boolean): SessionDiff => {
    const change: UnknownChange = { ...common, action: 'unknown', reason, detail, unfulfilled };
    return { changes: [change], drift: [] };
  };
  if (input.live.mcp === undefined)
    return unknown('whether it is logged in is not known here', 'not_checkable', false);
  const live = input.live.mcp.get(name) ?? NOT_CONFIGURED;
  const obstacle = live.obstacle && OBSTACLES[live.obstacle](escapeControls(name));
  if (state === 'logged_out') {
    const isWhose = live.login !== 'absent' && live.obstacle === 'same_file';
    return isWhose && obstacle ? unknown(obstacle, 'not_an_oauth_server', true) : undefined;
  }
  if (obstacle !== undefined) return unknown(obstacle, 'not_an_oauth_server', true);
  const login = liveLogins(input.live).find((candidate) => candidate.address === address);
  const foreign = login && foreignLogin(input, login, 'adopt');
  if (foreign !== undefined) return { changes: [foreign], drift: [] };
  if (login !== undefined && live.login === 'usable') return diffOwner(input, login, wish);
  const reason = live.login === 'expired' ? 'token_expired' : 'not_in_pool';
  const managed = { declaration: input.desired.name, protect };
  return {
    changes: [{ ...common, action: 'mcp_login', reason, server: name, managed }],
    drift: login === undefined ? driftOfLoggedOut(input, address) : [],
  };
}

const OBSTACLES: Readonly<Record<NonNullable<LiveMcp['obstacle']>, (name: string) => string>> = {
  not_configured: (name) => `config.yaml has no mcp_servers.${name}`,
  no_url: (name) => `mcp_servers.${name} in config.yaml has no url`,
  not_oauth: (name) => `mcp_servers.${name} in config.yaml has no "auth: oauth"`,
  same_file: (name) => `another MCP server keeps its tokens in the same file as ${name}`,
};
