import { GormesError } from '../base/errors.ts';
import { escapeControls, plural } from '../base/text.ts';
import type { CliContext } from './command.ts';
import type { LoadedDeclaration } from './declaration.ts';

/**
 * The declaration for a command that can do without: the one that `-f` names, else the one that is found
 * and is for the chosen home. What is broken is one line of notice.
 *
 * @throws `declaration_unreadable` for one that `-f` names
 */
export async function findDesired(
  context: CliContext,
  file: string | undefined,
): Promise<LoadedDeclaration | undefined> {
  const { loadQuietly, readDeclarationFile } = await import('./declaration.ts');
  const { declarationName } = await import('./views/declaration-name.ts');
  const { deps, out } = context;
  try {
    const main = await readDeclarationFile(context, file);
    const home = await context.findHome();
    const { path, desired, diagnostics } = await loadQuietly(context, main, home);
    if (desired === undefined) {
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
      const name = escapeControls(declarationName(deps, path));
      out.notice(
        `Note: ${name} is left out, it is invalid (${plural(errors, 'error')}): gormes auth validate`,
      );
      return undefined;
    }
    const isForHome =
      desired.homes.length === 0 || desired.homes.includes(home.profile ?? 'default');
    return isForHome ? { path, desired } : undefined;
  } catch (error) {
    if (!(error instanceof GormesError) || file !== undefined) throw error;
    if (error.code !== 'no_declaration')
      out.notice(`Note: no declaration is looked at: ${error.message}`);
    return undefined;
  }
}
