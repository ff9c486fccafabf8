import { Command } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthDumpCommand extends GormesCommand {
  static override paths = [['auth', 'dump']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Write a declaration of what is live',
    details: `
      Prints a declaration for the home as it is: planned at once, it adopts and changes nothing.
      References are guessed where a variable holds the same key, which a comment says; elsewhere
      stands \`todo:\`, and the credential stays as it is until you write where its key is kept.

      No secret is printed. Nothing is written to the home, and no network is asked.
    `,
    examples: [['Begin with what is there', '$0 auth dump > gormes.auth.yaml']],
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { dumpPool } = await import('../apply/dump-pool.ts');
    const { viewDump } = await import('./views/dump.ts');
    const { out } = context;
    const dump = await dumpPool(context.deps, await openStore(context));
    out.result(dump, ({ declaration }) => declaration);
    if (!out.isJson) out.notice(viewDump(dump));
    await out.next(async () => (await import('./next-step.ts')).afterDump(context, dump));
    return EXIT.ok;
  }
}
