import { escapeControls } from '../../base/text.ts';
import type { ListedModel, ModelPrice } from '../../providers/model-facts.ts';

/** What a list of choices draws before a row, and one column at the right. */
const FRAME = 6;
/** Room of the columns of prices and context, with the space before them. */
const FACTS = 27;
/** Names need this much, or nobody could tell them apart: else there are no columns. */
const LEAST_NAMES = 36;

/** How one model is shown in a list. */
export interface ModelRow {
  readonly label: string;
  /** Shown only while the row is the one chosen from: what has no room in its line. */
  readonly hint: string | undefined;
}

export interface ModelRows {
  readonly rows: readonly ModelRow[];
  /** What the columns are; undefined where there are none. */
  readonly head: string | undefined;
}

/**
 * A list of models: name, price in and out per million tokens, context. Columns where the window has
 * room for them.
 *
 * @param current the model in use, which is marked
 */
export function viewModels(
  models: readonly ListedModel[],
  current: string | undefined,
  columns: number,
): ModelRows {
  const longest = Math.max(0, ...models.map(({ name }) => escapeControls(name).length));
  const room = Math.min(longest, columns - FRAME - FACTS);
  const isWide = models.some(hasFacts) && room >= Math.min(longest, LEAST_NAMES);
  const rows = models.map((model): ModelRow => {
    const name = escapeControls(model.name);
    const mark = model.name === current ? '  ← currently in use' : '';
    const facts = factsOf(model);
    if (!isWide || name.length > room || facts === undefined)
      return { label: `${name}${mark}`, hint: facts };
    const label = `${name.padEnd(room)}${columnsOf(model)}`.trimEnd();
    const isRoomy = FRAME + label.length + mark.length <= columns;
    return { label: isRoomy ? `${label}${mark}` : label, hint: undefined };
  });
  return { rows, head: isWide ? '$ per Mtok in and out, context' : undefined };
}

function hasFacts({ price, contextTokens }: ListedModel): boolean {
  return price !== undefined || contextTokens !== undefined;
}

function columnsOf({ price, contextTokens }: ListedModel): string {
  const cells = [
    price === undefined ? '' : dollars(price.input),
    price === undefined ? '' : dollars(price.output),
    contextTokens === undefined ? '' : tokens(contextTokens),
  ];
  return cells.map((cell) => `  ${cell.padStart(7)}`).join('');
}

function factsOf({ price, contextTokens }: ListedModel): string | undefined {
  const parts = [
    price === undefined ? undefined : viewPrice(price),
    contextTokens === undefined ? undefined : `${tokens(contextTokens)} context`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** What it costs, in words. */
export function viewPrice({ input, output }: ModelPrice): string {
  return input === 0 && output === 0
    ? 'free'
    : `${dollars(input)} in, ${dollars(output)} out per Mtok`;
}

function dollars(value: number): string {
  if (value === 0) return 'free';
  return `$${value >= 0.01 ? value.toFixed(2) : value.toPrecision(1)}`;
}

/** `512`, `200k`, `1M`, `1.05M`. */
function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${Math.round(count / 1000)}k`;
  return `${Number((count / 1_000_000).toFixed(2))}M`;
}
