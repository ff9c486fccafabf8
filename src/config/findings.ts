import type { Diagnostic, Place } from '../base/errors.ts';
import { escapeControls, plural } from '../base/text.ts';
import { findMasked, type Range } from './looks-like-key.ts';
import { countChars, lineAt, lineRange, type SourceText } from './source-text.ts';

/** A part of a file, as tree nodes are. */
export interface Spot {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly hint: Hint;
  readonly spot: Spot;
  readonly excerpt: boolean;
}

/** A guess costs time, and a hostile file can ask for thousands: a function is called when shown. */
type Hint = string | undefined | (() => string | undefined);

export interface FindingOptions {
  readonly hint?: Hint;
  /** False where the line can't be masked with certainty, as in text that was not understood. */
  readonly excerpt?: boolean;
}

/** More findings than anybody reads; the rest is counted. */
const MAX_SHOWN = 100;
/** Longer lines are cut behind this, and have no excerpt for places beyond. */
const MAX_EXCERPT = 400;

/**
 * Collects what is wrong with a declaration. Excerpts are made last, when every part of the files
 * that may be a secret is known.
 */
export class Findings {
  readonly #findings: Finding[] = [];
  readonly #sources: SourceText[] = [];
  readonly #hidden = new Map<SourceText, Map<number, Range[]>>();
  readonly #places = new Map<SourceText, Set<number>>();

  error(code: string, message: string, spot: Spot, options: FindingOptions = {}): void {
    this.#add('error', code, message, spot, options);
  }

  warning(code: string, message: string, spot: Spot, options: FindingOptions = {}): void {
    this.#add('warning', code, message, spot, options);
  }

  /** Files are sorted in the order in which they were announced. */
  announce(source: SourceText): void {
    this.#sources.push(source);
  }

  /** Masks a part of a file in every excerpt. */
  hide(spot: Spot): void {
    // By line: each place of a file asks for one, and each credential may hide something.
    const lines = this.#hidden.get(spot.source) ?? new Map<number, Range[]>();
    this.#hidden.set(spot.source, lines);
    const last = lineAt(spot.source, Math.max(spot.start, spot.end - 1));
    for (let line = lineAt(spot.source, spot.start); line <= last; line++) {
      const ranges = lines.get(line);
      if (ranges) ranges.push(spot);
      else lines.set(line, [spot]);
    }
  }

  get hasErrors(): boolean {
    return this.#findings.some((finding) => finding.severity === 'error');
  }

  /** True when something with this code was reported. */
  has(code: string): boolean {
    return this.#findings.some((finding) => finding.code === code);
  }

  /** True when something was reported at this very place. */
  hasAt(spot: Spot): boolean {
    return this.#places.get(spot.source)?.has(spot.start) ?? false;
  }

  /** Place of a spot, with its masked source line. */
  place(spot: Spot, excerpt = true): Place {
    const line = lineAt(spot.source, spot.start);
    const range = lineRange(spot.source, line);
    const column = countChars(spot.source, range.start, spot.start) + 1;
    const length = Math.max(1, countChars(spot.source, spot.start, Math.min(spot.end, range.end)));
    const shown = excerpt ? this.#excerpt(spot, line, range) : undefined;
    const place = { file: spot.source.name, line, column, length };
    return shown === undefined ? place : { ...place, excerpt: shown };
  }

  /** All findings, by file and place; beyond `MAX_SHOWN` a last one counts the rest. */
  diagnostics(): Diagnostic[] {
    const order = (finding: Finding) => this.#sources.indexOf(finding.spot.source);
    const sorted = [...this.#findings].sort(
      (a, b) => order(a) - order(b) || a.spot.start - b.spot.start,
    );
    const shown = sorted.slice(0, MAX_SHOWN).map((finding) => this.#diagnostic(finding));
    const next = sorted[MAX_SHOWN];
    if (next === undefined) return shown;
    const more = sorted.length - MAX_SHOWN;
    const message = `${plural(more, 'more finding')} from here on ${more === 1 ? 'is' : 'are'} not shown`;
    const place = this.place(next.spot, false);
    return [...shown, { severity: 'error', code: 'more_findings', message, place }];
  }

  #add(
    severity: 'error' | 'warning',
    code: string,
    message: string,
    spot: Spot,
    options: FindingOptions,
  ): void {
    const excerpt = options.excerpt ?? true;
    const places = this.#places.get(spot.source) ?? new Set();
    this.#places.set(spot.source, places.add(spot.start));
    this.#findings.push({ severity, code, message, hint: options.hint, spot, excerpt });
  }

  #diagnostic({ severity, code, message, hint, spot, excerpt }: Finding): Diagnostic {
    const diagnostic = { severity, code, message, place: this.place(spot, excerpt) };
    const text = typeof hint === 'function' ? hint() : hint;
    return text === undefined ? diagnostic : { ...diagnostic, hint: text };
  }

  #excerpt(spot: Spot, number: number, line: Range): string | undefined {
    if (spot.start - line.start > MAX_EXCERPT) return undefined;
    const end = Math.min(line.end, line.start + MAX_EXCERPT);
    const text = spot.source.text.slice(line.start, end);
    const hidden = (this.#hidden.get(spot.source)?.get(number) ?? [])
      .filter((range) => range.start < end && range.end > line.start)
      .map((range) => ({ start: range.start - line.start, end: range.end - line.start }));
    return mask(text, [...hidden, ...findMasked(text)]);
  }
}

/** A word of the file in quotes for a message: escaped, shortened, and masked where it looks like a key. */
export function quote(text: string): string {
  const short = [...text].slice(0, 200).join('');
  const masked = mask(short, findMasked(short));
  const chars = [...escapeControls(masked)];
  return `"${chars.length > 60 ? `${chars.slice(0, 59).join('')}…` : chars.join('')}"`;
}

/** One `*` for each character of the ranges, so that columns stay. */
function mask(text: string, ranges: readonly Range[]): string {
  if (ranges.length === 0) return text;
  let masked = '';
  let at = 0;
  for (const char of text) {
    const inside = ranges.some((range) => range.start <= at && at < range.end);
    masked += inside && char !== '\t' ? '*' : char;
    at += char.length;
  }
  return masked;
}
