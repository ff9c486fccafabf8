import type { Diagnostic } from '../base/errors.ts';
import { decodeText } from './decode-text.ts';
import { findSecrets } from './find-secrets.ts';
import { Findings } from './findings.ts';
import { formatText } from './format-text.ts';
import type { DeclarationInput } from './load-declaration.ts';
import { displayName } from './load-parts.ts';
import { parseYaml } from './parse-yaml.ts';

export interface FormattedDeclaration {
  /** Undefined when the file can't be formatted; `diagnostics` say why. */
  readonly text: string | undefined;
  readonly changed: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * One file of a declaration, main or included, in our layout. It need not be valid, but readable, and
 * without a key in it: that would be printed.
 */
export async function formatDeclaration(
  { path, bytes }: DeclarationInput,
  cwd: string,
): Promise<FormattedDeclaration> {
  const findings = new Findings();
  const source = decodeText(path, displayName(path, cwd), bytes, findings);
  const tree = source && (await parseYaml(source, findings));
  if (source) findSecrets(source, tree?.kind === 'map' ? tree : undefined, findings);
  const diagnostics = findings.diagnostics();
  if (source === undefined || tree === undefined || findings.hasErrors) {
    return { text: undefined, changed: false, diagnostics };
  }
  const text = await formatText(source.text);
  // A byte order mark stays.
  const mark = bytes[0] === 0xef ? '\ufeff' : '';
  return { text: mark + text, changed: text !== source.text, diagnostics };
}
