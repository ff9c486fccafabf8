import type { Findings } from './findings.ts';
import { findMasked, looksRandom } from './looks-like-key.ts';
import { isReferenceText } from './secret-values.ts';
import { showsReference } from './shows-reference.ts';
import { entriesOf, listAt, type MapEntry, scalarsOf, type TreeNode } from './tree.ts';

/** Hides what stands where a credential is described, references aside; of a command what looks random. */
export function hideValues(node: TreeNode, findings: Findings): void {
  const command = listAt(node, 'command');
  if (command) {
    hideWords(command, findings);
    return;
  }
  const scalars =
    node.kind === 'map'
      ? entriesOf(node).flatMap(({ value }) => [...scalarsOf(value)])
      : scalarsOf(node);
  for (const scalar of scalars) if (!isReferenceText(scalar.text)) findings.hide(scalar);
}

/** Hides a field of a credential that is none of those that are always shown. */
export function hideField({ key, value }: MapEntry, findings: Findings): void {
  if (isCommand(key, value)) hideWords(value, findings);
  else hideValues(value, findings);
}

/**
 * Hides what stands below a key that the language does not know: it could be anything. A reference
 * names a place, and may be shown where nothing in it looks like a key.
 */
export function hideUnknown({ key, value }: MapEntry, findings: Findings): void {
  if (isCommand(key, value)) {
    hideWords(value, findings);
    return;
  }
  for (const scalar of scalarsOf(value)) if (!showsReference(scalar.text)) findings.hide(scalar);
}

function isCommand(key: string, value: TreeNode): boolean {
  return key === 'command' && value.kind === 'list';
}

function hideWords(command: TreeNode, findings: Findings): void {
  for (const word of scalarsOf(command)) {
    if (looksRandom(word.text) || findMasked(word.text).length > 0) findings.hide(word);
  }
}
