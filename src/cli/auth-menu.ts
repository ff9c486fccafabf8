import { Command } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';
import { openStore } from './open-store.ts';

export class AuthMenuCommand extends GormesCommand {
  static override paths = [['auth']];
  static override usage = Command.Usage({
    category: 'Pool',
    description: 'Show the pool, then a menu to add, remove and reset credentials',
    details: `
      Shows what \`gormes auth list\` shows. In a terminal a menu follows, which does what the commands
      \`auth add\`, \`remove\`, \`reset\` and \`strategy\` do, until you leave it with Exit or Esc.
      Ctrl-C leaves at once, with code 130. Without a terminal, or with \`--json\`, the summary is all.
    `,
    examples: [
      ['Summary and menu', '$0 auth'],
      ['The summary alone', '$0 auth < /dev/null'],
    ],
  });

  async run(context: CliContext): Promise<ExitCode> {
    const { deps, out } = context;
    const { readAwsSummary } = await import('../apply/read-summary.ts');
    const { listEntries } = await import('../pool/list-entries.ts');
    const { awsToJson, viewAws } = await import('./views/aws.ts');
    const { poolsToJson } = await import('./views/pool.ts');
    const { viewSummary } = await import('./views/summary.ts');
    const store = await openStore(context);
    const snapshot = await store.read();
    const pools = listEntries(snapshot, deps.clock.now());
    if (out.isJson) {
      const aws = awsToJson(await readAwsSummary(deps, snapshot));
      out.result({ ...poolsToJson(pools), aws }, () => '');
      return EXIT.ok;
    }
    // The pools do not wait for AWS.
    out.write(viewSummary(pools));
    out.write(viewAws(await readAwsSummary(deps, snapshot)));
    if (pools.length === 0) out.notice('No credentials yet.');
    if (!deps.terminal.interactive) return EXIT.ok;
    const { openDialogue } = await import('./ui/dialogue.ts');
    const { runMenu } = await import('./ui/menu.ts');
    await runMenu(await openDialogue(context, store));
    return EXIT.ok;
  }
}
