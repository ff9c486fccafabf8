import { Command, Option } from 'clipanion';
import { EXIT, type ExitCode, GormesError } from '../base/errors.ts';
import type { CliContext } from './command.ts';
import { DeclarationCommand } from './declaration-command.ts';

export class AuthTrustCommand extends DeclarationCommand {
  static override paths = [['auth', 'trust']];
  static override usage = Command.Usage({
    category: 'Declaration',
    description: 'Allow a declaration to start the programs that know its secrets',
    details: `
      Shows every program that the declaration would start, asks, and remembers the answer for the
      file as it stands now, with all that it includes and the scripts beside it that it names. A
      later change to any of them needs a new answer. Starts nothing itself.

      The list is yours: \`$XDG_STATE_HOME/gormes/trust.json\`, never in a checkout. In CI there is no
      list: pass \`--allow-commands\` to \`plan\`, \`apply\` or \`validate\`.
    `,
    examples: [
      ['The declaration of this directory', '$0 auth trust'],
      ['What is trusted', '$0 auth trust --list'],
      ['No longer', '$0 auth trust --revoke gormes.auth.yaml'],
    ],
  });

  list = Option.Boolean('--list', false, { description: 'Show what is trusted' });
  revoke = Option.Boolean('--revoke', false, { description: 'Take the word back' });
  yes = Option.Boolean('--yes', false, { description: 'Do not ask' });

  async run(context: CliContext): Promise<ExitCode> {
    const trust = await import('../apply/trust-programs.ts');
    const views = await import('./views/trust.ts');
    const { deps, out } = context;
    if (this.list && (this.revoke || this.yes || this.named !== undefined)) {
      throw new GormesError('usage', '--list stands alone', { exitCode: EXIT.usage });
    }
    if (this.list) {
      const list = trust.listTrust(deps);
      if (out.isJson) out.result(views.trustListToJson(list), () => '');
      else out.result(list, views.viewTrustList);
      return EXIT.ok;
    }
    if (this.revoke) {
      const path = await this.findPath(context);
      out.result({ path, was: trust.revokeTrust(deps, path) }, views.viewRevoked);
      return EXIT.ok;
    }
    const { loadForCommand } = await import('./declaration.ts');
    const loaded = await loadForCommand(context, this.named);
    if (loaded === undefined) return EXIT.invalidDeclaration;
    const result = await trust.trustDeclaration(deps, loaded.desired, this.yes);
    out.result(result, views.viewTrusted);
    await out.next(async () => (await import('./next-step.ts')).afterTrust(context, result));
    return result.state === 'refused' ? EXIT.failed : EXIT.ok;
  }

  /** A word is taken back from a file that is invalid or gone, too. */
  private async findPath({ deps }: CliContext): Promise<string> {
    const { resolve } = await import('node:path');
    const { diskFiles } = await import('../config/declaration-files.ts');
    const { findDeclaration } = await import('../config/find-declaration.ts');
    const given = this.named === undefined ? await findDeclaration(deps) : this.named;
    const path = resolve(deps.cwd, given);
    return diskFiles.realPath(path) ?? path;
  }
}
