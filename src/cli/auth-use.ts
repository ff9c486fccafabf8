import { Command, Option, UsageError } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthUseCommand extends GormesCommand {
  static override paths = [['auth', 'use']];
  static override usage = Command.Usage({
    category: 'Run time',
    description: 'Pin a provider to one credential, or lift the pin',
    details: `
      \`auth token\` and \`auth exec\` then use this credential and no other: while it cools down or is
      dead they fail and say so, instead of spending another one. The pin stays on a key that an
      apply rotates or relabels. Where a declaration says \`pin:\`, its next apply puts that back.
      Hermes does not know pins: it goes on by its strategy.
    `,
    examples: [
      ['Use one', '$0 auth use openrouter work'],
      ['As the strategy says again', '$0 auth use openrouter --auto'],
    ],
  });

  provider = Option.String();
  target = Option.String({ required: false });
  auto = Option.Boolean('--auto', false, { description: 'Lift the pin' });

  async run(context: CliContext): Promise<ExitCode> {
    if ((this.target === undefined) !== this.auto)
      throw new UsageError('name a credential, or give --auto');
    const { useCredential } = await import('../apply/use-credential.ts');
    const { usedNotes, usedToJson, viewUsed } = await import('./views/used.ts');
    const { deps, out } = context;
    const store = await openStore(context, this.provider);
    const input = { provider: this.provider, target: this.target };
    const used = await useCredential(deps, store, input);
    out.result(usedToJson(used), () => viewUsed(used));
    for (const note of usedNotes(used, deps.clock.now())) out.notice(note);
    await out.next(async () => (await import('./next-step.ts')).afterUse(context, used));
    return 0;
  }
}
