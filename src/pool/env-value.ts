import { GormesError } from '../base/errors.ts';

// Three readers take a value apart, each in its own way (pool-store §5): R1, Hermes' own (no inline
// comments, `\"` and `\\` in double quotes, nothing in single ones); R2, python-dotenv (inline
// comments, more escapes in double quotes, `\\` and `\'` in single ones, `${VAR}` replaced in every
// kind of quotes); R3, as R1 with inline comments. What is written here reads the same in all three.

/** Trimmed by Python's `str.strip`, which is more than `trim` for ASCII and less elsewhere. */
const PYTHON_SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const ENDS = new RegExp(`^[${PYTHON_SPACE}]+|[${PYTHON_SPACE}]+$`, 'g');

/** Needs no quotes, in a shell either. */
const PLAIN = /^[A-Za-z0-9_.,:/@%+=~^-]+$/;
/** Without quotes all three take it as it stands: no comment, no space, no quote. */
const BARE = new RegExp(`^[^#"'${PYTHON_SPACE}]+$`);
/** Every line breaker that Python's `splitlines` knows (M19), NUL, and what no key holds. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/** What python-dotenv replaces, in quotes or not. */
const INTERPOLATION = /\$\{[^}:]*(?::-[^}]*)?\}/;
/** Hermes drops non-ASCII characters from the values of these when it starts. */
const ASCII_ONLY_NAME = /(?:_API_KEY|_TOKEN|_SECRET|_KEY)$/;

/** As Python's `str.strip`. */
export function pythonStrip(text: string): string {
  return text.replace(ENDS, '');
}

/** The value of the text after `=`, as R1 reads it. */
export function parseEnvValue(text: string): string {
  const value = pythonStrip(text);
  const quote = value.charAt(0);
  if (value.length < 2 || !value.endsWith(quote)) return value;
  if (quote === "'") return value.slice(1, -1);
  if (quote === '"') return value.slice(1, -1).replace(/\\(["\\])/g, '$1');
  return value;
}

/**
 * The text after `=` for a value: as it stands where that is safe, else in single quotes, else in
 * double quotes.
 *
 * @throws GormesError `env_value_unsafe` when no spelling reads the same everywhere
 */
export function printEnvValue(name: string, value: string): string {
  const reason = unsafeReason(name, value);
  if (reason) {
    throw new GormesError(
      'env_value_unsafe',
      `the value for ${name} cannot stand in .env: ${reason}`,
      {
        hint: 'check what was pasted, or store it with: gormes auth add',
      },
    );
  }
  if (value === '' || PLAIN.test(value)) return value;
  const endsInBackslash = value.endsWith('\\');
  if (!endsInBackslash && !/'|\\\\/.test(value)) return `'${value}'`;
  if (!endsInBackslash) return `"${value.replace(/["\\]/g, '\\$&')}"`;
  return value;
}

function unsafeReason(name: string, value: string): string | undefined {
  if (CONTROL.test(value)) return 'it holds a line break or another control character';
  if (LONE_SURROGATE.test(value)) return 'it is not valid Unicode';
  if (INTERPOLATION.test(value)) return 'Hermes would replace the reference to a variable in it';
  if (ASCII_ONLY_NAME.test(name) && /[^\x20-\x7e]/.test(value)) {
    return 'it holds a character outside ASCII, which Hermes drops';
  }
  // A backslash before the closing quote would escape it for python-dotenv.
  if (value.endsWith('\\') && !BARE.test(value)) {
    return 'it ends in a backslash and needs quotes';
  }
  return undefined;
}
