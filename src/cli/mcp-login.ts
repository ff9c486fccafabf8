import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';
import { waitOf } from './wait-option.ts';

export class McpLoginCommand extends GormesCommand {
  static override paths = [['mcp', 'login']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Log in at an MCP server of config.yaml',
    details: `
      For servers with a \`url\` and \`auth: oauth\` in \`mcp_servers\`. Finds where the server wants its
      users to log in, registers a client there unless \`oauth.client_id\` names one, opens the browser,
      stores the tokens where Hermes looks for them (\`mcp-tokens/\`), then connects and counts the tools.

      A login that is stored stays until the new one is complete. Addresses of other sites than the
      authorization server's own are refused. \`config.yaml\` is not changed, and no old token is revoked.
    `,
    examples: [
      ['Log in', '$0 mcp login linear'],
      ['On a machine without a browser', '$0 mcp login linear --no-browser'],
      ['For a script', '$0 mcp login linear --json'],
    ],
  });

  name = Option.String();
  noBrowser = Option.Boolean('--no-browser', false, {
    description: 'Print the address instead of opening a browser',
  });
  timeout = Option.String('--timeout', {
    description: 'Seconds to wait for the browser; default: oauth.timeout of the server, or 300',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const waitMs = waitOf(this.timeout);
    const { deps, out, streams } = context;
    const { logInAtMcp } = await import('../apply/log-in-mcp.ts');
    const { createLoginIo } = await import('./ui/login-io.ts');
    const { mcpLoginToJson, viewMcpLogin } = await import('./views/mcp.ts');
    const { platform } = await import('node:process');
    const io = createLoginIo(deps, { noBrowser: this.noBrowser, streams, platform });
    const store = await openStore(context);
    const login = await logInAtMcp(deps, store, io, { server: this.name, waitMs }).catch(asFailure);
    out.result(mcpLoginToJson(login), () => viewMcpLogin(login));
    return 0;
  }
}

/** Every failure of this command is 1, one for want of a person too (design §15). */
function asFailure(error: unknown): never {
  if (!(error instanceof GormesError) || error.exitCode !== EXIT.needsPerson) throw error;
  const { code, message, hint } = error;
  throw new GormesError(code, message, hint === undefined ? {} : { hint });
}
