import { isJsonObject, type JsonObject, parseObject, stringAt } from '../base/json.ts';
import { hasControls } from '../base/text.ts';
import {
  contextIn,
  GATEWAY_PRICES,
  type ListedModel,
  OPENROUTER_PRICES,
  type PriceNames,
  priceIn,
} from './model-facts.ts';
import type { ProviderRow } from './provider.ts';

/** Where the name of a model stands in an answer, and which items are models to choose. */
interface Shape {
  readonly list: 'data' | 'models';
  readonly name: (item: JsonObject) => string | undefined;
  /** Default: OpenRouter's names. */
  readonly prices?: PriceNames;
}

/** How a provider lists its models (providers.json `modelsEndpoint`). */
export interface ModelList {
  /** `{base}` and `{origin}` as in a `KeyCheck`. */
  readonly url: string;
  readonly shape: Shape;
  /** It answers without a credential too. */
  readonly isPublic: boolean;
  /** Asked after a 401 (`KeyCheck.fallbackUrl`). */
  readonly fallbackUrl: string | undefined;
}

const ID: Shape = { list: 'data', name: (item) => stringAt(item, 'id') };

/** Nearly everybody speaks OpenAI's form. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'openai-codex': {
    list: 'models',
    name: (item) => {
      const isHidden = ['hide', 'hidden'].includes(stringAt(item, 'visibility') ?? '');
      return isHidden ? undefined : stringAt(item, 'slug');
    },
  },
  gemini: { list: 'models', name: (item) => stringAt(item, 'name')?.replace(/^models\//, '') },
  lmstudio: {
    list: 'models',
    name: (item) => (item.type === 'embedding' ? undefined : stringAt(item, 'key')),
  },
  'ai-gateway': {
    list: 'data',
    name: (item) =>
      item.type === 'language' && Array.isArray(item.tags) && item.tags.includes('tool-use')
        ? stringAt(item, 'id')
        : undefined,
    prices: GATEWAY_PRICES,
  },
  // All that the account's plan has, models of editors' own features among them (providers.json).
  copilot: {
    list: 'data',
    name: (item) => (isForChat(item) ? stringAt(item, 'id') : undefined),
  },
  // Hermes offers only models that can call tools.
  openrouter: {
    list: 'data',
    name: (item) => {
      const { supported_parameters: takes } = item;
      const noTools = Array.isArray(takes) && !takes.includes('tools');
      return noTools ? undefined : stringAt(item, 'id');
    },
  },
};

const CHAT_ENDPOINTS = ['/chat/completions', '/responses', '/v1/messages'];

function isForChat({ model_picker_enabled, capabilities, supported_endpoints }: JsonObject) {
  const type = isJsonObject(capabilities) ? capabilities.type : undefined;
  const endpoints = Array.isArray(supported_endpoints) ? supported_endpoints : CHAT_ENDPOINTS;
  return (
    model_picker_enabled !== false &&
    (type === undefined || type === 'chat') &&
    CHAT_ENDPOINTS.some((endpoint) => endpoints.includes(endpoint))
  );
}

/** Lists that need no key, as far as that is known for sure. */
const PUBLIC = ['openrouter', 'ai-gateway', 'deepinfra', 'lmstudio'];

/** Rows whose check is another request than the list. */
const OWN_URL: Readonly<Record<string, string>> = {
  openrouter: '{base}/models',
  huggingface: '{base}/models',
  copilot: '{base}/models',
};

/** Undefined where there is no list, or none that a plain request gets. */
export function modelListOf(row: ProviderRow): ModelList | undefined {
  const url = OWN_URL[row.id] ?? row.check?.url;
  if (url === undefined || row.session) return undefined;
  const shape = SHAPES[row.id] ?? ID;
  const isPublic = PUBLIC.includes(row.id);
  return { url, shape, isPublic, fallbackUrl: row.check?.fallbackUrl };
}

/** The list of a custom endpoint. */
export const CUSTOM_LIST: ModelList = {
  url: '{base}/models',
  shape: ID,
  isPublic: true,
  fallbackUrl: undefined,
};

/** Puts an endpoint into the URL of a list. */
export function listUrl(list: ModelList, baseUrl: string): string {
  const base = baseUrl.replace(/\/+$/, '');
  const origin = URL.canParse(base) ? new URL(base).origin : base;
  return list.url.replace('{base}', base).replace('{origin}', origin);
}

const NAME_LENGTH = 200;
const MOST = 5000;

/** Models in an answer, sorted as the server sorted them; undefined when it is no list. */
export function parseModelList(body: string, shape: Shape): ListedModel[] | undefined {
  const items = itemsOf(body, shape);
  if (items === undefined) return undefined;
  const models = new Map<string, ListedModel>();
  for (const item of items.slice(0, MOST)) {
    const name = isJsonObject(item) ? shape.name(item) : undefined;
    const isFit = name !== undefined && name.length <= NAME_LENGTH && !hasControls(name);
    if (!isFit || !isJsonObject(item) || models.has(name)) continue;
    const contextTokens = contextIn(item);
    const price = priceIn(item, shape.prices ?? OPENROUTER_PRICES);
    models.set(name, {
      name,
      ...(contextTokens === undefined ? {} : { contextTokens }),
      ...(price === undefined ? {} : { price }),
    });
  }
  return [...models.values()];
}

function itemsOf(body: string, shape: Shape): unknown[] | undefined {
  const items = parseObject(body)?.[shape.list];
  return Array.isArray(items) ? items : undefined;
}
