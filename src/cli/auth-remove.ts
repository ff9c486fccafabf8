import { Command, Option } from 'clipanion';
import type { ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthRemoveCommand extends GormesCommand {
  static override paths = [['auth', 'remove']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Remove one credential from the pool',
    details: `
      The target is a position, an id or a label. Under \`round_robin\` positions move with each pick, so
      that a position is refused there, and the id to name instead is told. What feeds the entry is cleaned up too: a variable
      is cleared from \`.env\`, and the source is not imported again until the next \`auth add\`.
      Files of other programs and the shell's environment stay, and nothing is revoked at the provider.
    `,
    examples: [
      ['By label', '$0 auth remove openrouter work'],
      ['By position', '$0 auth remove openrouter 2'],
    ],
  });

  provider = Option.String();
  target = Option.String();
  save = Option.Boolean('--save', false, {
    description: 'Change the declaration of this directory too',
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { removeEntry } = await import('../apply/remove-entry.ts');
    const { removedToJson, viewRemoved } = await import('./views/changed.ts');
    const input = { provider: this.provider, target: this.target };
    const store = await openStore(context, this.provider);
    const saving = this.save ? await import('./save-declared.ts') : undefined;
    const declaration = await saving?.openDeclaration(context, store);
    const { out } = context;
    const removed = await removeEntry(context.deps, store, input);
    out.result(removedToJson(removed), () => viewRemoved(removed));
    await declaration?.removed(removed);
    await out.next(async () => (await import('./next-step.ts')).afterRemove(context, removed));
    return 0;
  }
}
