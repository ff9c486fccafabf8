import { Command } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthProvidersCommand extends GormesCommand {
  static override paths = [['auth', 'providers']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Show every provider, what it takes and its other names',
    details: `
      The providers that gormes knows, then the endpoints of your own that the home defines, with the
      names by which commands and declarations call them and the variables that keys are read from.
      What is in the pool is shown by \`gormes auth list\`. Writes nothing and asks no network.
    `,
    examples: [
      ['All', '$0 auth providers'],
      ['For a script', '$0 auth providers --json'],
    ],
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { listProviders } = await import('../apply/list-providers.ts');
    const { providersToJson, viewProviders } = await import('./views/providers.ts');
    const { out } = context;
    const providers = await listProviders(await openStore(context));
    out.result(providersToJson(providers), () => viewProviders(providers, out.columns));
    return EXIT.ok;
  }
}
