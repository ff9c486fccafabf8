import { Command } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthSnapshotCommand extends GormesCommand {
  static override paths = [['auth', 'snapshot']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Print what a home holds, for planning elsewhere',
    details: `
      A JSON document without secrets, fingerprints and accounts: addresses, ids, sources, types,
      statuses, expiry, owners, settings. With it a CI shows what a pull request would do to this
      machine: \`gormes auth plan --against FILE\`. Writes nothing and asks no network.
    `,
    examples: [['For a repository', '$0 auth snapshot > snapshots/laptop.json']],
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { takeSnapshot } = await import('../apply/take-snapshot.ts');
    const snapshot = await takeSnapshot(context.deps, await openStore(context));
    const { out } = context;
    out.write(`${JSON.stringify(snapshot, undefined, 2)}\n`);
    await out.next(async () => (await import('./next-step.ts')).afterSnapshot(context));
    return EXIT.ok;
  }
}
