import type { Findings, Spot } from './findings.ts';
import type { SourceText } from './source-text.ts';

/** Keys whose value is, or could be meant as, a secret. */
const SECRET_KEY = /key|token|secret|password|passwd|credential|auth/i;
/** …and keys of the language that match by accident. */
const NO_SECRET = new Set(['credentials', 'min_key_ttl', 'api_key_env', 'key_env']);

/** Values at a secret's place that are no secret: references name a place, not a value. */
const REFERENCE =
  /^(?:env|file|prompt|todo|op|pass|gopass|bw|vault|sops|age|keyring|aws-sm|gcp-sm):/;

/** True for text that names where a secret is; such text is shown. */
export function isReferenceText(text: string): boolean {
  return REFERENCE.test(text);
}

/**
 * Hides the scalars of a file that follow the key of a secret, while the file is read from its
 * beginning to its end.
 */
export class SecretValues {
  readonly #source: SourceText;
  readonly #findings: Pick<Findings, 'hide'>;
  #flow = 0;
  #lastScalar = '';
  /** A value is due whose key names a secret. */
  #isDue = false;

  constructor(source: SourceText, findings: Pick<Findings, 'hide'>) {
    this.#source = source;
    this.#findings = findings;
  }

  openFlow(): void {
    this.#flow += 1;
  }

  closeFlow(): void {
    this.#flow = Math.max(0, this.#flow - 1);
  }

  /** The colon behind a key: the scalar before it. */
  colon(): void {
    this.#isDue = SECRET_KEY.test(this.#lastScalar) && !NO_SECRET.has(this.#lastScalar);
  }

  /** A scalar as the file writes it, quotes included. */
  scalar(lexeme: string, start: number): void {
    if (this.#isDue)
      this.#hide(lexeme, { source: this.#source, start, end: start + lexeme.length });
    this.#isDue = false;
    this.#lastScalar = lexeme.replace(/^["']|["']$/g, '');
  }

  /** A value that is no reference; in a block to the end of the line, where rests of it may stand. */
  #hide(lexeme: string, spot: Spot): void {
    if (isReferenceText(lexeme.replace(/^["']/, ''))) return;
    const { text } = this.#source;
    const lineEnd = text.indexOf('\n', spot.end);
    const end = lineEnd < 0 ? text.length : lineEnd;
    this.#findings.hide(this.#flow > 0 ? spot : { ...spot, end });
  }
}
