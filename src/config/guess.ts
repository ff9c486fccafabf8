import { closest } from '../base/text.ts';

/** Longer words resemble nothing that we know, and comparing them takes time (hostile files). */
const MAX_LENGTH = 64;

/** The known word that may have been meant, for "did you mean". */
export function guess(given: string, known: Iterable<string>): string | undefined {
  return given.length > MAX_LENGTH ? undefined : closest(given, known);
}
