import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class AuthStatusCommand extends GormesCommand {
  static override paths = [['auth', 'status']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Tell whether a provider has a usable credential',
    details: `
      Offline: it looks at what is stored and never refreshes a token. Exits 0 either way; with
      \`--exit-code\`, 1 when logged out.
    `,
    examples: [
      ['For people', '$0 auth status anthropic'],
      ['For scripts', '$0 auth status openrouter --exit-code'],
    ],
  });

  provider = Option.String();
  exitCode = Option.Boolean('--exit-code', false, { description: 'Exit 1 when logged out' });

  async run({ deps, out, findHome }: CliContext): Promise<ExitCode> {
    const { readSnapshot } = await import('../pool/snapshot.ts');
    const { readStatus } = await import('../apply/read-status.ts');
    const { viewStatus } = await import('./views/status.ts');
    const snapshot = await readSnapshot(await findHome(), deps);
    const status = readStatus(snapshot, this.provider, deps.clock.now());
    out.result(status, viewStatus);
    return this.exitCode && !status.logged_in ? EXIT.failed : EXIT.ok;
  }
}
