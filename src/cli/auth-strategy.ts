import { Command, Option } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthStrategyCommand extends GormesCommand {
  static override paths = [['auth', 'strategy']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Set how the credentials of a provider take turns, or tell it',
    details: `
      The strategies are Hermes' own: \`fill_first\` (the default), \`round_robin\`, \`least_used\` and
      \`random\`. Writes \`credential_pool_strategies\` in config.yaml and nothing else; a running
      Hermes reads it at its next start.
    `,
    examples: [
      ['Set it', '$0 auth strategy openrouter round_robin'],
      ['What is it now?', '$0 auth strategy openrouter'],
    ],
  });

  provider = Option.String();
  strategy = Option.String({ required: false });

  async run(context: CliContext): Promise<ExitCode> {
    const { setStrategy } = await import('../apply/set-strategy.ts');
    const { viewStrategy } = await import('./views/changed.ts');
    const input = { provider: this.provider, strategy: this.strategy };
    const result = await setStrategy(context.deps, await openStore(context), input);
    const { out } = context;
    out.result(result, () => viewStrategy(result, this.strategy !== undefined));
    if (this.strategy !== undefined)
      await out.next(async () =>
        (await import('./next-step.ts')).afterReset(context, result.provider),
      );
    return 0;
  }
}
