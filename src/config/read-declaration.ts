import { resolve } from 'node:path';
import { diskFiles } from './declaration-files.ts';
import { type FindContext, findDeclaration } from './find-declaration.ts';
import type { DeclarationInput } from './load-declaration.ts';

/** Standard input is named so. */
const STDIN = '-';

/**
 * The main file of a declaration: the one that `-f` names (`-`: standard input), else the one that
 * is found.
 *
 * @param readStdin gives the text of standard input, bounded
 * @throws `no_declaration`, `declaration_unreadable` (both exit 3)
 */
export async function readDeclaration(
  file: string | undefined,
  context: FindContext & { readonly readStdin: () => Promise<string> },
): Promise<DeclarationInput> {
  if (file === STDIN) return { path: STDIN, bytes: Buffer.from(await context.readStdin()) };
  const path = file === undefined ? await findDeclaration(context) : resolve(context.cwd, file);
  return { path, bytes: diskFiles.read(path) };
}
