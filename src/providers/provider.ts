/** How a credential of a provider comes into being; the first of a row is what `auth add` does. */
export type CredentialType = 'api_key' | 'oauth' | 'import';

/** Wire form of a model request; only shown and written to `config.yaml`, never interpreted here. */
export type ApiShape =
  | 'openai-chat'
  | 'responses'
  | 'anthropic-messages'
  | 'gemini'
  | 'bedrock-converse';

/** How a key is sent to prove it. `none` is never sent: there is nothing free to ask. */
export type SendKey = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'github-token';

/** A free request that tells whether a key works (providers.json `modelsEndpoint`, `validateWith`). */
export interface KeyCheck {
  /** `{base}` stands for the entry's base URL. */
  readonly url: string;
  readonly send: SendKey;
  readonly headers?: Readonly<Record<string, string>>;
  /** False where the endpoint answers without a key too, so that a success proves nothing. */
  readonly provesKey: boolean;
  /** Tried on 401: the same key may belong to another region. */
  readonly fallbackUrl?: string;
}

/** One of several endpoints of which a key fits only some (Z.AI: four billing plans). */
export interface EndpointCandidate {
  readonly id: string;
  readonly label: string;
  readonly baseUrl: string;
  /** Models to ask with, in order, until one answers. */
  readonly models: readonly string[];
}

/** Why a provider takes no pooled credential, with the way that works instead (design §14). */
export interface Refusal {
  readonly reason: string;
  readonly hint: string;
}

/**
 * One row of the catalog: all that gormes knows of a provider, as data. Facts come from
 * `providers.json` of the reference; a difference between providers is a field here, never an `if`.
 */
export interface ProviderRow {
  /** Hermes' id, the key of the pool. */
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly types: readonly CredentialType[];
  /** Variables that hold a key, in the order in which Hermes seeds them. */
  readonly keyEnv: readonly string[];
  /** Variables of `keyEnv` shared with other providers, which Hermes does not seed one by one. */
  readonly seedsEnv?: boolean;
  /** Empty where the endpoint is always the user's own. */
  readonly baseUrl: string;
  readonly baseUrlEnv?: string;
  /** Keys with a prefix go to another endpoint; a base URL variable wins over it. */
  readonly keyBaseUrls?: readonly { readonly prefix: string; readonly baseUrl: string }[];
  /** Probed once per key, cached in `providers.<id>.detected_endpoint`. */
  readonly endpoints?: readonly EndpointCandidate[];
  /** Accepted key prefixes; another key is refused with the hint. */
  readonly keyRule?: { readonly refuses: readonly string[]; readonly hint: string };
  readonly apiShape: ApiShape;
  readonly check?: KeyCheck;
  /** Set where `auth add` must refuse every type or API keys only. */
  readonly refuses?: { readonly add?: Refusal; readonly apiKey?: Refusal };
  /** Single login outside the pool (Spotify). */
  readonly session?: boolean;
  /** Where Hermes keeps the login of this provider besides the pool (pool-store §2.1, §8). */
  readonly login?: {
    /** Source of the entry that Hermes seeds from `providers.<id>`. */
    readonly seededSource?: string;
    /** Source of the entry that `auth add` writes. */
    readonly manualSource?: string;
  };
}

/** A provider that the home's `config.yaml` defines; joins the catalog at run time. */
export interface CustomProvider {
  /** `custom:<slug of name>`, the key of the pool (pool-store §6.1). */
  readonly id: string;
  readonly name: string;
  /** Key in the `providers:` map; absent for entries of the `custom_providers` list. */
  readonly mapKey?: string;
  readonly baseUrl: string;
  readonly apiMode?: string;
  readonly keyEnv?: string;
  readonly model?: string;
}
