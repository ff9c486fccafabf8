import { isJsonObject, type Json } from '../base/json.ts';

// Printed by hand, because what the `yaml` library prints PyYAML does not always read: `=`, `?x` in
// a flow list, `4e-323` (2.9.1 with version 1.1 against PyYAML 6.0). Whatever is not plainly a word
// is quoted as in JSON, which YAML 1.1, YAML 1.2 and PyYAML agree on. Every scalar takes one line.

/** Words, paths, URLs and model names: nothing that any YAML reads as something else. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*(?:[: ][A-Za-z0-9_./-]+)*$/;
/** Words that YAML 1.1 takes for something else, and `e5`, which the library (2.9.1) takes for a float. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|e[0-9]+)$/i;
/** What JSON leaves as it is and YAML takes for a line break or refuses, or a terminal acts on. */
const UNPRINTABLE = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/g;

/** A collection with members in block form, without a line break at its end; all lines but the first indented. */
export function printBlock(value: Json, indent: number, eol: string): string {
  const nextLine = eol + ' '.repeat(indent);
  if (Array.isArray(value)) {
    return value.map((item) => `- ${printMember(item, indent + 2, eol, '')}`).join(nextLine);
  }
  if (!isJsonObject(value)) return printFlow(value);
  const deeper = `${nextLine}  `;
  return Object.entries(value)
    .map(
      ([key, item]) =>
        `${printString(key)}:${printMember(item, indent + 2, eol, takesLines(item) ? deeper : ' ')}`,
    )
    .join(nextLine);
}

function printMember(value: Json, indent: number, eol: string, lead: string): string {
  return lead + (takesLines(value) ? printBlock(value, indent, eol) : printFlow(value));
}

/** Anything on one line, as it stands behind `key: ` or between the commas of a flow collection. */
export function printFlow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(printFlow).join(', ')}]`;
  if (isJsonObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => printFlowPair(key, item))
      .join(', ')}}`;
  }
  if (typeof value === 'string') return printString(value);
  // YAML 1.1 wants a point in every float.
  return typeof value === 'number' ? String(value).replace(/^(-?\d+)e/, '$1.0e') : String(value);
}

/** `key: value` on one line. */
export function printFlowPair(key: string, value: Json): string {
  return `${printString(key)}: ${printFlow(value)}`;
}

function printString(text: string): string {
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  const spelled = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(UNPRINTABLE, spelled);
}

/** `{ [key]: value }`, with `__proto__` as a key like any other. */
export function pairOf(key: string, value: Json): { [key: string]: Json } {
  return { [key]: value };
}

/** The value inside the containers that a path names: lists for numbers, mappings for keys. */
export function nest(path: readonly (string | number)[], value: Json): Json {
  return path.reduceRight<Json>(
    (inner, step) => (typeof step === 'number' ? [inner] : pairOf(step, inner)),
    value,
  );
}

/** True for what takes lines of its own in block form. */
export function takesLines(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) && Object.keys(value).length > 0;
}
