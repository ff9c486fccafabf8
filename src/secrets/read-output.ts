import { isJsonObject, type Json, parseJson } from '../base/json.ts';
import type { Reading } from './manager.ts';

/** All of the output, without its last line break. */
export function readAll(stdout: string): Reading {
  return { value: cutLastBreak(stdout) };
}

/** The first line: a password store keeps notes below the password. */
export function readFirstLine(stdout: string): Reading {
  return { value: /^[^\r\n]*/.exec(stdout)?.[0] ?? '' };
}

/** A member of a JSON document that the program printed. */
export function readMember(...path: readonly string[]): (stdout: string) => Reading {
  return (stdout) => {
    const document = parseJson(stdout);
    return document === undefined ? { is: 'failed' } : textOf(memberOf(document, path));
  };
}

/** What is left when a reading has given a JSON document itself: one of its members. */
export function thenMember(
  first: (stdout: string) => Reading,
  member: string | undefined,
): (stdout: string) => Reading {
  if (member === undefined) return first;
  return (stdout) => {
    const reading = first(stdout);
    return 'value' in reading ? readMember(member)(reading.value) : reading;
  };
}

/** A named field of a Bitwarden item: one of its custom fields, of its login, or `notes`. */
export function readBitwardenField(field: string): (stdout: string) => Reading {
  return (stdout) => {
    const item = parseJson(stdout);
    if (!isJsonObject(item)) return { is: 'failed' };
    const custom = Array.isArray(item.fields)
      ? item.fields.filter(isJsonObject).find(({ name }) => name === field)?.value
      : undefined;
    const known = field === 'notes' ? item.notes : memberOf(item, ['login', field]);
    return textOf(custom ?? known);
  };
}

function memberOf(document: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const name of path) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function textOf(value: Json | undefined): Reading {
  if (value === undefined || value === null) return { is: 'not_found' };
  return typeof value === 'string' ? { value: cutLastBreak(value) } : { is: 'failed' };
}

function cutLastBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}
