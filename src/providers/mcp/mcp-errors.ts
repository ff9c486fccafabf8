import { GormesError } from '../../base/errors.ts';
import { escapeControls } from '../../base/text.ts';
import { cleanServerText } from '../flows/login-errors.ts';

/** An address of a server that must not be used; `why` is ours. */
export function mcpUntrusted(server: string, why: string): GormesError {
  return new GormesError(
    'mcp_untrusted',
    `the login at ${escapeControls(server)} is refused: ${why}`,
    { hint: 'nothing was sent there; ask whoever runs the server' },
  );
}

export function mcpNoLogin(server: string, why: string): GormesError {
  return new GormesError('mcp_no_login', `${escapeControls(server)} offers no login: ${why}`, {
    hint: `take "auth: oauth" away from mcp_servers.${escapeControls(server)} in config.yaml if it needs none`,
  });
}

/** The server takes no client of ours: a person can register one there and name it. */
export function mcpNotRegistered(server: string, why: string, detail?: string): GormesError {
  const text = detail === undefined ? '' : cleanServerText(detail);
  const name = escapeControls(server);
  return new GormesError(
    'mcp_not_registered',
    `${name} registers no client for this login: ${why}${text === '' ? '' : ` (${text})`}`,
    {
      hint: `register an app there and set mcp_servers.${name}.oauth.client_id (and client_secret) in config.yaml; then gormes mcp login ${name}`,
    },
  );
}

export function mcpUnreachable(server: string, why: string): GormesError {
  return new GormesError('mcp_unreachable', `${escapeControls(server)} cannot be used: ${why}`, {
    hint: `look at mcp_servers.${escapeControls(server)}.url in config.yaml`,
  });
}
