import { Command, Option } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class McpLogoutCommand extends GormesCommand {
  static override paths = [['mcp', 'logout']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Log out of an MCP server',
    details: `
      Deletes the login that is stored in the home (\`mcp-tokens/\`), also of a server that
      \`config.yaml\` no longer has. \`config.yaml\` is not changed, nothing is revoked at the server, and
      no network is asked. Exits 0 when there was no login.
    `,
    examples: [['Log out', '$0 mcp logout linear']],
  });

  name = Option.String();

  async run(context: CliContext): Promise<ExitCode> {
    const { deps, out } = context;
    const { logOutOfMcp } = await import('../apply/log-out-mcp.ts');
    const { mcpLogoutNotes, mcpLogoutToJson, viewMcpLogout } = await import('./views/mcp.ts');
    const logout = await logOutOfMcp(deps, await openStore(context), this.name);
    out.result(mcpLogoutToJson(logout), () => viewMcpLogout(logout));
    for (const note of mcpLogoutNotes(logout)) out.notice(note);
    return 0;
  }
}
