import { hasControls } from '../base/text.ts';
import type { Findings } from './findings.ts';
import { hideField, hideValues } from './hide-values.ts';
import { findKeys, looksRandom } from './looks-like-key.ts';
import { credentialBlocks } from './name-providers.ts';
import type { SourceText } from './source-text.ts';
import { entriesOf, type MapNode, mapAt, type ScalarNode, scalarsOf } from './tree.ts';

/** Fields of a credential that are shown; whatever else stands there may be a misplaced secret. */
const SHOWN_FIELDS = new Set(['type', 'state', 'account', 'base_url', 'protect', 'min_key_ttl']);

/** What to do instead of writing a key down. */
const SECRET_HINT =
  'keep it outside and refer to it: api_key: "env:NAME", "file:PATH", "op://vault/item/field" or "prompt:"';

/**
 * Reports what looks like a key anywhere in a file, comments included: by its form everywhere, by
 * its randomness where a credential is described.
 */
export function findSecrets(
  source: SourceText,
  root: MapNode | undefined,
  findings: Findings,
): void {
  for (const { start, end } of findKeys(source.text)) {
    findings.error(
      'literal_secret',
      'this looks like a key',
      { source, start, end },
      { hint: SECRET_HINT },
    );
  }
  if (root === undefined) return;
  for (const scalar of scalarsOf(root)) {
    // Escapes may hide in the text what the value shows.
    if (isVerbatim(scalar)) continue;
    if (findKeys(scalar.text).length > 0 && !showsKey(scalar)) reportSecret(scalar, findings);
  }
  for (const { value } of credentialBlocks(root)) {
    for (const scalar of scalarsOf(mapAt(value, 'credentials') ?? value)) {
      if (looksRandom(scalar.text) && !showsKey(scalar)) reportSecret(scalar, findings);
    }
  }
}

/**
 * Hides from excerpts what stands in a credential, but for references and the fields that we know.
 * (Values of secret-sounding keys are hidden while lexing, those of unknown keys by their finding.)
 */
export function hideSecretPlaces(root: MapNode, findings: Findings): void {
  for (const { value } of credentialBlocks(root)) {
    for (const { value: credential } of entriesOf(mapAt(value, 'credentials'))) {
      if (credential.kind !== 'map') hideValues(credential, findings);
      for (const field of entriesOf(credential)) {
        if (!SHOWN_FIELDS.has(field.key)) hideField(field, findings);
      }
    }
  }
}

/** Reports values with control characters: escapes bring in what the text itself may not hold. */
export function findControls(root: MapNode, findings: Findings): void {
  for (const scalar of scalarsOf(root)) {
    if (!hasControls(scalar.text) || findings.hasAt(scalar)) continue;
    const message = 'the value holds a control character or a line break';
    findings.error('control_character', message, scalar);
  }
}

/** True for a value that stands in the file as it is, so that a look at the file has seen it. */
function isVerbatim({ source, start, text }: ScalarNode): boolean {
  return source.text.startsWith(text, start) || source.text.startsWith(text, start + 1);
}

/** True when the source text of a scalar holds a key in the clear, which `findSecrets` reports. */
export function showsKey({ source, start, end }: ScalarNode): boolean {
  return findKeys(source.text.slice(start, end)).length > 0;
}

function reportSecret(scalar: ScalarNode, findings: Findings): void {
  findings.hide(scalar);
  findings.error('literal_secret', 'this looks like a key', scalar, { hint: SECRET_HINT });
}
