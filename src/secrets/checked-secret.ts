import { EXIT, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';
import { escapeControls } from '../base/text.ts';

/**
 * A value that was looked up, as a secret: one line of at most 64 KiB (reliability.md §4b).
 *
 * @param text the reference, for messages
 * @throws `reference_empty`, `reference_too_large`, `reference_failed`
 */
export function checkedSecret(value: string, text: string): Secret {
  if (value.trim() === '') throw referenceError('reference_empty', text, 'is empty');
  if (Buffer.byteLength(value) > LIMITS.secretBytes) {
    throw referenceError('reference_too_large', text, 'is larger than 64 KiB');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw referenceError(
      'reference_failed',
      text,
      'holds control characters or more than one line',
    );
  }
  return new Secret(value);
}

/** What is wrong with a reference, as the end of a sentence that begins with its text. */
export function referenceError(
  code: string,
  text: string,
  what: string,
  hint?: string,
): GormesError {
  return new GormesError(code, `${escapeControls(text)} ${what}`, {
    exitCode: EXIT.failed,
    ...(hint === undefined ? {} : { hint }),
  });
}
