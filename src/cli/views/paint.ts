import { styleText } from 'node:util';
import type { Described } from '../../plan/describe.ts';

const COLOURS = {
  '+': 'green',
  '~': 'yellow',
  '±': 'yellow',
  '-': 'red',
  '<': 'cyan',
  '>': 'cyan',
  '.': 'cyan',
  '!': 'red',
  '?': 'magenta',
} as const;

/** Colours a plan's symbol; the text alone where there is no colour. */
export function painter(colour: boolean): (symbol: Described['symbol'], text: string) => string {
  return (symbol, text) =>
    colour ? styleText(COLOURS[symbol], text, { validateStream: false }) : text;
}
