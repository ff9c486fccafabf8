import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode } from '../base/errors.ts';
import type { CliContext } from './command.ts';
import { DeclarationCommand } from './declaration-command.ts';

export class AuthFmtCommand extends DeclarationCommand {
  static override paths = [['auth', 'fmt']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Lay out a declaration',
    details: `
      Writes one file in place: the declaration of this directory, or the one that is named, an
      included one too; \`-\` reads standard input and prints. Comments, quotes, order and meaning
      stay. Needs no home and no network.

      Exits 0; with \`--check\` 2 when the layout would change, and nothing is written; 3 when the file
      can't be read as YAML, or holds a key.
    `,
    examples: [
      ['In place', '$0 auth fmt'],
      ['In CI', '$0 auth fmt --check'],
      ['As a filter', '$0 auth fmt - < gormes.auth.yaml'],
    ],
  });

  check = Option.Boolean('--check', false, { description: 'Write nothing; exit 2 for a change' });

  async run(context: CliContext): Promise<ExitCode> {
    const { readDeclarationFile } = await import('./declaration.ts');
    const { formatFile } = await import('../apply/format-file.ts');
    const { formatWithin } = await import('../config/diagnostic.ts');
    const { viewFormatted } = await import('./views/formatted.ts');
    const { deps, out } = context;
    const input = await readDeclarationFile(context, this.named);
    const { text, changed, diagnostics } = await formatFile(deps, input, !this.check);
    for (const text of diagnostics.map(formatWithin(out.width('stderr')))) out.problem(`${text}\n`);
    if (text === undefined) return EXIT.invalidDeclaration;
    const result = { declaration: input.path, changed, written: changed && !this.check };
    if (input.path === '-' && !this.check && !out.isJson) out.write(text);
    else out.result(result, viewFormatted);
    return this.check && changed ? EXIT.changes : EXIT.ok;
  }
}
