import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class AuthRepairCommand extends GormesCommand {
  static override paths = [['auth', 'repair']];
  static override usage = Command.Usage({
    category: 'Repair',
    description: 'Restore a damaged auth.json',
    details: `
      For a store that is cut, empty, no JSON, or holds what can't be written back. Restores every
      credential that parses whole, from a complete copy that a killed write left when there is one.
      Shows what it keeps, asks, and leaves the damaged file beside it under a fresh name (0600): it
      holds secrets, so delete it when you have what you need.

      A file of a newer version is not damaged, and stays. Config, \`.env\` and Hermes' other files are
      not looked at.
    `,
    examples: [
      ['Look and decide', '$0 auth repair'],
      ['In a script', '$0 auth repair --yes'],
    ],
  });

  yes = Option.Boolean('--yes', false, { description: 'Do not ask' });

  async run(context: CliContext): Promise<ExitCode> {
    const { deps, out, findHome, lockWaitMs } = context;
    const { repairHome } = await import('../apply/repair-home.ts');
    const { viewRepair, viewRepaired } = await import('./views/repaired.ts');
    const options = { yes: this.yes, lockWaitMs };
    const home = await findHome();
    const done = await repairHome(deps, home, options, (repair) =>
      out.notice(viewRepair(repair, home.authFile)),
    );
    out.result(done, viewRepaired);
    await out.next(async () => (await import('./next-step.ts')).afterRepair(context, done));
    return done.state === 'declined' ? EXIT.failed : EXIT.ok;
  }
}
