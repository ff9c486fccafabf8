import { Command, Option, UsageError } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

const DETAILS = `
  Removes the stored login and every entry of the provider's pool, API keys included, and resets the
  model choice when it uses the provider. Variables and other programs' files stay, so what they hold
  is imported again; \`--suppress\` stops that. Nothing is revoked at the provider.
`;

export class AuthLogoutCommand extends GormesCommand {
  static override paths = [['auth', 'logout']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Log out of a provider and empty its pool',
    details: DETAILS,
    examples: [['Log out', '$0 auth logout nous']],
  });

  provider = Option.String({ required: false });
  named = Option.String('--provider', {
    description: 'The provider, for scripts that pass it as an option',
  });
  suppress = Option.Boolean('--suppress', false, {
    description: 'Do not import what would come back',
  });

  async run(context: CliContext): Promise<ExitCode> {
    if (this.provider === undefined && this.named === undefined) {
      throw new UsageError('the following arguments are required: provider');
    }
    return await logOut(context, this.provider ?? this.named, this.suppress);
  }
}

export class LogoutCommand extends GormesCommand {
  static override paths = [['logout']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Log out of a provider, by default the active one',
    details: DETAILS,
    examples: [['The active provider', '$0 logout']],
  });

  provider = Option.String({ required: false });
  named = Option.String('--provider', { description: 'The provider; default: the active one' });
  suppress = Option.Boolean('--suppress', false, {
    description: 'Do not import what would come back',
  });

  async run(context: CliContext): Promise<ExitCode> {
    return await logOut(context, this.provider ?? this.named, this.suppress);
  }
}

/** Logs out and shows it, for every command that does. */
export async function logOut(
  context: CliContext,
  provider: string | undefined,
  suppress: boolean,
): Promise<ExitCode> {
  const { logoutProvider } = await import('../apply/logout-provider.ts');
  const { logoutNotes, logoutToJson, viewLogout } = await import('./views/changed.ts');
  const store = await openStore(context, provider);
  const result = await logoutProvider(context.deps, store, { provider, suppress });
  const { out } = context;
  out.result(logoutToJson(result), () => viewLogout(result));
  for (const note of logoutNotes(result)) out.notice(note);
  await out.next(async () => (await import('./next-step.ts')).afterLogout(context, result));
  return 0;
}
