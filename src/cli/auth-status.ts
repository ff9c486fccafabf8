import { Command, Option } from 'clipanion';
import type { Status } from '../apply/read-status.ts';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthStatusCommand extends GormesCommand {
  static override paths = [['auth', 'status']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Tell whether a provider has a usable credential',
    details: `
      Offline: it looks at what is stored and never refreshes a token. A login that can be refreshed
      and a credential that waits out a cooldown count as logged in; whether a key works, only the
      provider can tell. Exits 0 either way; with
      \`--exit-code\`, 1 when logged out.
    `,
    examples: [
      ['For people', '$0 auth status anthropic'],
      ['For scripts', '$0 auth status openrouter --exit-code'],
    ],
  });

  provider = Option.String();
  exitCode = Option.Boolean('--exit-code', false, { description: 'Exit 1 when logged out' });

  async run(context: CliContext): Promise<ExitCode> {
    const status = await showStatus(context, this.provider);
    return this.exitCode && !status.logged_in ? EXIT.failed : EXIT.ok;
  }
}

/** Reads and shows how a provider stands, for every command that does. */
export async function showStatus(context: CliContext, provider: string): Promise<Status> {
  const { deps, out } = context;
  const { readStatus } = await import('../apply/read-status.ts');
  const { statusToJson, viewStatus } = await import('./views/status.ts');
  const snapshot = await (await openStore(context, provider)).read();
  const { env, userHome, clock } = deps;
  const status = readStatus(snapshot, provider, { env, userHome, nowMs: clock.now() });
  out.result(statusToJson(status), () => viewStatus(status));
  if (!status.logged_in)
    await out.next(async () => (await import('./next-step.ts')).afterStatus(context, status));
  return status;
}
