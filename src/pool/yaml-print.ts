import { isJsonObject, type Json } from '../base/json.ts';
import type { YamlLibrary, YamlRules } from './yaml-document.ts';

/** Prints values as pieces of a larger text. Scalars take one line each, whatever they hold. */
export interface YamlPrinter {
  /** A scalar or an empty collection, as it stands after `key: `. */
  inline(value: Json): string;
  /** A collection with members in block form, without a final line break; every line but the first indented. */
  block(value: Json, indent: number): string;
  /** Anything, as it stands between the commas of a flow collection. */
  flow(value: Json): string;
  /** `key: value`, as it stands between the commas of a flow mapping. */
  flowPair(key: string, value: Json): string;
}

/** @param eol the line break of the file */
export function yamlPrinter(yaml: YamlLibrary, rules: YamlRules, eol: string): YamlPrinter {
  const options = {
    version: rules.version,
    lineWidth: 0,
    blockQuote: false,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    aliasDuplicateObjects: false,
    logLevel: 'silent',
  } as const;
  const flow = (value: Json): string =>
    yaml.stringify(value, { ...options, collectionStyle: 'flow' }).trimEnd();
  return {
    inline: (value) => yaml.stringify({ k: value }, options).slice('k: '.length).trimEnd(),
    block: (value, indent) =>
      yaml
        .stringify(value, options)
        .trimEnd()
        .replaceAll('\n', eol + ' '.repeat(indent)),
    flow: (value) => flow([value]).slice('[ '.length, -' ]'.length),
    flowPair: (key, value) => flow(pairOf(key, value)).slice('{ '.length, -' }'.length),
  };
}

/** `{ [key]: value }`; a key that looks like a number is text all the same. */
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
