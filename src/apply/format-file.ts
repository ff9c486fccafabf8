import type { Deps } from '../base/deps.ts';
import { type FormattedDeclaration, formatDeclaration } from '../config/format-declaration.ts';
import type { DeclarationInput } from '../config/load-declaration.ts';
import { writeAtomic } from '../pool/write/write-atomic.ts';

/**
 * Lays out one file of a declaration, in place when `write` is set and it is a file.
 *
 * @throws `write_failed`
 */
export async function formatFile(
  deps: Pick<Deps, 'cwd' | 'random'>,
  input: DeclarationInput,
  write: boolean,
): Promise<FormattedDeclaration> {
  const formatted = await formatDeclaration(input, deps.cwd);
  if (write && formatted.changed && formatted.text !== undefined && input.path !== '-') {
    writeAtomic(input.path, formatted.text, deps, { mode: 0o777 });
  }
  return formatted;
}
