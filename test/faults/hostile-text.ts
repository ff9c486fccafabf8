import { makeCanary } from '../support/canaries.ts';
import type { Dice } from './sizes.ts';

/** A key that must not show in any message. */
export const CANARY = makeCanary('fuzz');

/** What parsers, terminals, shells and prototypes stumble over. */
export const HOSTILE = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '<<',
  '*a',
  '&a',
  '!!js/function "x"',
  '!!binary aGk=',
  '%YAML 1.1',
  '---',
  '...',
  '? [a, b]',
  '- ',
  ': ',
  ' #',
  '{',
  '[',
  '}',
  ']',
  '"',
  "'",
  '|+\n',
  '>-\n',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\0',
  '\u001b[2J',
  '\u001b]52;c;aGk=\u0007',
  '\u009b31m',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\ud83d\ude00',
  '::set-output name=a::b',
  '##[error]x',
  '<script>',
  '`|`',
  '12345678901234567890',
  '1e400',
  '-0',
  '0777',
  'NaN',
  'no',
  'null',
  '~',
  '../../etc/passwd',
  'javascript:alert(1)',
  'https://[::1',
  CANARY.text,
] as const;

/** Makes a text when it is asked for: the large ones cost time. */
export type Maker = () => string;

/** A few changes at any place: hostile text put in, a part taken out, doubled or moved. */
export function mutate(dice: Dice, text: string): string {
  let result = text;
  for (let n = dice.below(5); n > 0; n--) {
    const at = dice.below(result.length + 1);
    const end = at + dice.below(40);
    const part = result.slice(at, end);
    const [head, tail] = [result.slice(0, at), result.slice(at)];
    result = dice.pick<Maker>([
      () => head + dice.pick(HOSTILE) + tail,
      () => head + result.slice(end),
      () => head + part + part + result.slice(end),
      () => head,
      () => part + result,
      () => head + String.fromCodePoint(dice.below(0xd800)) + result.slice(at + 1),
    ])();
  }
  return result;
}
