// What both readers of plainly written YAML hold to: `pool/read-plain-yaml.ts` (some keys of
// `config.yaml`) and `config/parse-plain.ts` (a declaration with its places). In doubt the library reads.

/** Characters that steer YAML or a terminal, and carriage returns: all but line feeds and text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
export const NOT_PLAIN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/** Whole numbers that every reader of YAML takes for the same one. */
export const PLAIN_NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;
