import { parseReference } from '../secrets/parse-reference.ts';
import { findMasked, looksRandom } from './looks-like-key.ts';

/** A run of letters and digits that could be a key behind a scheme, such as `file:` and then hex. */
const LONG_RUN = /(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{20,}/;

/**
 * True for a reference that may be shown wherever it stands, also at a place that the language does
 * not know: well formed, and with nothing in it that could be the secret itself.
 */
export function showsReference(text: string): boolean {
  const parsed = parseReference(text);
  if (!('reference' in parsed)) return false;
  // What stands behind these names no place.
  if (parsed.reference.scheme === 'prompt') return text === 'prompt:';
  if (parsed.reference.scheme === 'todo') return text === 'todo:';
  // A password called so, and no path of a store.
  if (/^(?:go)?pass:[^/]*$/.test(text)) return false;
  if (findMasked(text).length > 0) return false;
  return !LONG_RUN.test(text) && !text.split(/[/:#.]/).some(looksRandom);
}
