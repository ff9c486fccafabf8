import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

/** US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
}

/** A model in a provider's list, as far as the list tells. */
export interface ListedModel {
  readonly name: string;
  /** Most tokens of one conversation. */
  readonly contextTokens?: number;
  readonly price?: ModelPrice;
}

/** Names of prices in an item: each a text of US dollars per token. */
export interface PriceNames {
  readonly input: string;
  readonly output: string;
}

/** OpenRouter's, which others take over; nobody else uses these two words. */
export const OPENROUTER_PRICES: PriceNames = { input: 'prompt', output: 'completion' };

/** Vercel's gateway; elsewhere the same words stand for other units, so only there. */
export const GATEWAY_PRICES: PriceNames = { input: 'input', output: 'output' };

const PER_MILLION = 1_000_000;

/** Undefined unless both prices are there; a price below zero stands for "it depends". */
export function priceIn(item: JsonObject, names: PriceNames): ModelPrice | undefined {
  const { pricing } = item;
  if (!isJsonObject(pricing)) return undefined;
  const input = perMillion(pricing[names.input]);
  const output = perMillion(pricing[names.output]);
  if (input === undefined || output === undefined) return undefined;
  return { input, output };
}

function perMillion(raw: Json | undefined): number | undefined {
  const dollars = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  if (typeof dollars !== 'number' || !Number.isFinite(dollars) || dollars < 0) return undefined;
  return Number((dollars * PER_MILLION).toPrecision(6));
}

/** Where lists say it: OpenRouter and its kin, Vercel, vLLM, LM Studio, Gemini, Copilot. */
const CONTEXT_PLACES: readonly (readonly string[])[] = [
  ['context_length'],
  ['context_window'],
  ['max_model_len'],
  ['max_context_length'],
  ['inputTokenLimit'],
  ['capabilities', 'limits', 'max_context_window_tokens'],
];

export function contextIn(item: JsonObject): number | undefined {
  return CONTEXT_PLACES.map((path) => at(item, path)).find(isCount);
}

function at(item: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = item;
  for (const key of path) value = isJsonObject(value) ? value[key] : undefined;
  return value;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
