/**
 * Recognises secrets by their form. Two grades: what is refused in a declaration, with few false
 * alarms, and what is masked in excerpts and messages, where a false alarm costs only readability.
 */

/**
 * Forms that vendors give their keys. A bare prefix is no key: labels like `sk-test` and vault
 * items like `op://ai/xai-work/key` must pass, hence the least lengths and, for the loose `sk-`
 * family, at least one digit. Every form is matched in linear time: a bound on each lookahead, or
 * a lookbehind that lets a run be entered only at its beginning.
 */
const VENDOR_KEYS = [
  'sk-(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{16,}', // OpenAI, Anthropic sk-ant-, OpenRouter sk-or-
  'gh[opsru]_[A-Za-z0-9]{16,}', // GitHub
  'github_pat_[A-Za-z0-9_]{16,}',
  'AIza[A-Za-z0-9_-]{30,}', // Google
  'ya29[.][A-Za-z0-9_-]{16,}', // Google OAuth
  'xai-[A-Za-z0-9]{16,}',
  'hf_[A-Za-z0-9]{16,}', // Hugging Face
  'gsk_[A-Za-z0-9]{16,}', // Groq
  'A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])', // AWS
  '(?<![_-])eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}(?:[.][A-Za-z0-9_-]*)?', // JWT
  '-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----',
].join('|');
const REFUSED = new RegExp(`(?<![A-Za-z0-9])(?:${VENDOR_KEYS})`, 'g');

const MASKED = new RegExp(
  [
    '(?<![A-Za-z0-9])(?:sk-|gh[opsru]_|github_pat_|AIza|ya29[.]|xai-|hf_|gsk_|A[KS]IA|eyJ)[A-Za-z0-9_.+/=-]{6,}',
    // So plain a form counts behind a letter too: a slip of the hand glues a key to a word.
    'sk-(?:or|ant|proj|svcacct|admin)-[A-Za-z0-9_.+/=-]{16,}',
    '-----BEGIN.*',
    // User and password of a URL.
    '(?<=//)[^\\s/@]+@',
    // Long runs that mix digits, lower and upper case.
    '(?<![A-Za-z0-9_+=-])(?=[A-Za-z_+=-]*[0-9])(?=[a-z0-9_+=-]*[A-Z])(?=[A-Z0-9_+=-]*[a-z])[A-Za-z0-9_+=-]{24,}',
  ].join('|'),
  'g',
);

/** Least length of a string that counts as a key by its randomness alone. */
const RANDOM_LENGTH = 32;
/** Bits a character; English words and paths stay near or below 4, random base64 of 32 characters above. */
const RANDOM_ENTROPY = 4;

/** A range of a text, `end` excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where a text holds what must not stand in a declaration. */
export function findKeys(text: string): Range[] {
  return rangesOf(REFUSED, text);
}

/** Where a text holds what must not be printed; covers `findKeys`. */
export function findMasked(text: string): Range[] {
  return rangesOf(MASKED, text);
}

/**
 * True for long random strings of mixed digits and letters. For places where a secret could be
 * expected only: elsewhere it would fire on hashes and client ids.
 */
export function looksRandom(text: string): boolean {
  if (text.length < RANDOM_LENGTH || !/^[A-Za-z0-9_+=-]+$/.test(text)) return false;
  if (!/[0-9]/.test(text) || !/[a-z]/.test(text) || !/[A-Z]/.test(text)) return false;
  return entropy(text) >= RANDOM_ENTROPY;
}

/** Shannon entropy in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

function rangesOf(pattern: RegExp, text: string): Range[] {
  return [...text.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}
