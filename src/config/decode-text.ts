import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../base/limits.ts';
import type { Findings } from './findings.ts';
import { makeSource, type SourceText } from './source-text.ts';

/**
 * What a declaration may not hold: control characters (a carriage return only before a line feed),
 * line separators that other programs take for line breaks, and invisible or reordering characters,
 * which show a reviewer another text than the parser reads. Joiners (U+200C, U+200D) are ordinary
 * in some scripts and in emoji, and pass.
 */
const REFUSED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\r(?!\n)/g;

const UTF8_BOM = [0xef, 0xbb, 0xbf];

/**
 * The text of one file of a declaration: UTF-8 within the limits, with or without a byte order mark,
 * and without the characters above. Anything else is reported, and no text returned.
 *
 * @param maxLines lines that the file may have
 */
export function decodeText(
  path: string,
  name: string,
  bytes: Uint8Array,
  findings: Findings,
  maxLines: number = LIMITS.declarationLines,
): SourceText | undefined {
  const begin = UTF8_BOM.every((byte, at) => bytes[at] === byte) ? UTF8_BOM.length : 0;
  const body = bytes.subarray(begin);
  const report = (text: string, code: string, message: string, at: number, hint: string) => {
    const source = makeSource(path, name, text);
    findings.announce(source);
    findings.error(code, message, { source, start: at, end: at + 1 }, { hint, excerpt: false });
    return undefined;
  };

  if (bytes.length > LIMITS.declarationBytes) {
    const mib = LIMITS.declarationBytes / 1024 / 1024;
    const message = `the file is larger than ${mib} MiB`;
    return report('', 'file_too_large', message, 0, 'split it with include');
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return report('', 'not_utf8', 'the file is UTF-16', 0, 'save it as UTF-8');
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  if (!isUtf8(body)) {
    const at = firstReplaced(text, body);
    return report(text, 'not_utf8', 'the file is not valid UTF-8 here', at, 'save it as UTF-8');
  }

  const source = makeSource(path, name, text);
  findings.announce(source);
  const excess = source.lineStarts[maxLines];
  // The end of the last line is no line.
  if (excess !== undefined && excess < text.length) {
    const message = `the declaration has more than ${LIMITS.declarationLines} lines`;
    const spot = { source, start: excess, end: excess + 1 };
    findings.error('too_many_lines', message, spot, { excerpt: false });
    return undefined;
  }
  let refused = false;
  for (const match of text.matchAll(REFUSED)) {
    refused = true;
    const spot = { source, start: match.index, end: match.index + 1 };
    const { message, hint } = describe(match[0]);
    findings.error('control_character', message, spot, { hint, excerpt: false });
  }
  return refused ? undefined : source;
}

function describe(char: string): { message: string; hint: string } {
  if (char === '\r') {
    const message = 'a carriage return stands without a line feed';
    return { message, hint: 'end lines with LF or CRLF' };
  }
  const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return { message: `the character U+${code} is not allowed`, hint: 'remove it' };
}

/** Index of the first U+FFFD of a lenient decoding that the bytes do not hold themselves. */
function firstReplaced(text: string, bytes: Uint8Array): number {
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    offset += Buffer.byteLength(text.slice(from, at));
    const real = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!real) return at;
    offset += 3;
    from = at + 1;
  }
  return 0;
}
