import { Command, Option, UsageError } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { type CliContext, GormesCommand } from './command.ts';

export class AuthHistoryCommand extends GormesCommand {
  static override paths = [['auth', 'history']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Show what was done to the home',
    details: `
      One line for each change that gormes began here: when, what became of it, what it was, and the
      name and content hash of the declaration that asked for it. Changes of Hermes are not known.
      Reads the journal of the home, and writes nothing.
    `,
    examples: [
      ['The last 20', '$0 auth history --limit 20'],
      ['For a script', '$0 auth history --json'],
    ],
  });

  limit = Option.String('--limit', { description: 'Only so many, the latest' });

  async run({ deps, out, findHome }: CliContext): Promise<ExitCode> {
    const { readHistory } = await import('../apply/read-history.ts');
    const { historyToJson, viewHistory, viewUnreadable } = await import('./views/history.ts');
    const { limit } = this;
    if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) {
      throw new UsageError('--limit takes a number from 1');
    }
    const all = readHistory(await findHome());
    const history = limit === undefined ? all : { ...all, items: all.items.slice(-Number(limit)) };
    if (out.isJson) out.result(historyToJson(history), () => '');
    else out.write(`${viewHistory(history, deps.userHome, deps.clock.now())}\n`);
    if (history.unreadable > 0) out.notice(viewUnreadable(history.unreadable));
    return EXIT.ok;
  }
}
