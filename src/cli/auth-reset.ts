import { Command, Option } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthResetCommand extends GormesCommand {
  static override paths = [['auth', 'reset']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Clear cooldowns and dead marks of a provider, or of one credential',
    details: `
      Clears the marks in the store. A running Hermes that still holds the old status in memory may
      write it back. It does not bring a revoked login back to life.
    `,
    examples: [
      ['All of a provider', '$0 auth reset openrouter'],
      ['One', '$0 auth reset openrouter work'],
    ],
  });

  provider = Option.String();
  target = Option.String({ required: false });

  async run(context: CliContext): Promise<ExitCode> {
    const { resetEntries } = await import('../apply/reset-entries.ts');
    const { resetToJson, viewReset } = await import('./views/changed.ts');
    const input = { provider: this.provider, target: this.target };
    const store = await openStore(context, this.provider);
    const reset = await resetEntries(context.deps, store, input);
    const { out } = context;
    for (const note of reset.notes) out.notice(note);
    out.result(resetToJson(reset), () => viewReset(reset));
    if (reset.count > 0)
      await out.next(async () =>
        (await import('./next-step.ts')).afterReset(context, reset.provider),
      );
    return 0;
  }
}
