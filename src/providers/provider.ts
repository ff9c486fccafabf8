import type { Clock, Env } from '../base/deps.ts';
import type { exchangeCopilotToken } from './drivers/copilot.ts';
import type { LoginStorage } from './login-storage.ts';
import type { Grant, OAuthDriver } from './oauth.ts';

export type TokenExchange = typeof exchangeCopilotToken;

/** Reads the login of another program; throws where there is none. */
export type LoginImport = (context: {
  readonly clock: Clock;
  readonly userHome: string | undefined;
  readonly env: Env;
}) => Promise<Grant>;

/** How a credential of a provider comes into being; the first of a row is what `auth add` does. */
export type CredentialType = 'api_key' | 'oauth' | 'import';

/**
 * Wire form of a model request; only shown and written to `config.yaml`, never interpreted here.
 * `none` is a service that answers no model request (Spotify).
 */
export type ApiShape =
  | 'openai-chat'
  | 'responses'
  | 'anthropic-messages'
  | 'gemini'
  | 'bedrock-converse'
  | 'none';

/**
 * The header that carries a key: `Authorization: Bearer`, `x-api-key`, `x-goog-api-key`,
 * `Authorization: token` (GitHub), or `api-key` and Bearer together (Azure). Never the query: a URL
 * ends in logs.
 */
export type SendKey =
  | 'bearer'
  | 'x-api-key'
  | 'x-goog-api-key'
  | 'github-token'
  | 'api-key-and-bearer';

/** The headers of a request that carry the credential, and those without which it is refused. */
export interface RequestForm {
  readonly send: SendKey;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A free GET that tells whether a key works (providers.json `modelsEndpoint`, `validateWith`). */
export interface KeyCheck {
  /**
   * `{base}` stands for the entry's base URL, `{origin}` for its scheme and host. A URL without
   * either is the provider's own: it must not be asked for an entry whose base URL lies outside
   * `authorisedOrigins(row)`, because that entry's key belongs to somebody else.
   */
  readonly url: string;
  readonly send: SendKey;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces `send` and `headers` when the credential is an OAuth token. */
  readonly oauth?: {
    readonly send: SendKey;
    readonly headers: Readonly<Record<string, string>>;
  };
  /** A header that repeats a claim of the JWT, by its path in the payload. */
  readonly claimHeader?: { readonly name: string; readonly claim: readonly string[] };
  /** False where the endpoint answers without a key too, so that a success proves nothing. */
  readonly provesKey: boolean;
  /** True where a refusal does not mean that the key is bad, so that it says "unknown". */
  readonly refusalIsInconclusive?: boolean;
  /** Asked after a 401 from the row's own `baseUrl`: the same key may belong to another region. */
  readonly fallbackUrl?: string;
  /** A text by which a 400 says that the key is bad, where the provider has no 401 for it. */
  readonly badKeyText?: string;
  /** Where the answer tells more, as paths into its JSON. */
  readonly reads?: {
    readonly account?: readonly string[];
    /** Credit used, and the most that may be used; null there is no limit. */
    readonly used?: readonly string[];
    readonly limit?: readonly string[];
  };
}

/** One of several endpoints of which a key fits only some (Z.AI: four billing plans). */
export interface EndpointCandidate {
  readonly id: string;
  readonly label: string;
  readonly baseUrl: string;
  /** Models to ask with, in order, until one answers. */
  readonly models: readonly string[];
}

/** Keys with a prefix that live at another endpoint than the rest of their provider's (Kimi). */
export interface KeyBaseUrl {
  readonly prefix: string;
  readonly baseUrl: string;
  /** Absent where it is the row's. */
  readonly apiShape?: ApiShape;
  /** Absent where it is the row's. */
  readonly check?: KeyCheck;
  /** Absent where it is as in `check`. */
  readonly request?: RequestForm;
}

/** Why a provider takes no pooled credential, with the way that works instead (design §14). */
export interface Refusal {
  /** One line without a final stop. */
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
  /** Empty where nothing can be added: then `refuses.add` says why. */
  readonly types: readonly CredentialType[];
  /** Variables that hold a key, in the order in which Hermes seeds them. */
  readonly keyEnv: readonly string[];
  /** False where Hermes seeds the first valid variable of `keyEnv` only, by rules of its own. */
  readonly seedsEnv?: boolean;
  /** Sources besides `env:…` from which Hermes seeds entries by itself (pool-store §8). */
  readonly sources?: readonly string[];
  /** The order of sources that Hermes enforces; others stand before them (pool-store §8). */
  readonly sourceOrder?: readonly string[];
  /** A key with this beginning is an OAuth token, whatever it was added as. */
  readonly oauthPrefix?: string;
  /** Empty where the endpoint is always the user's own; a marker, not a URL, where none is HTTP. */
  readonly baseUrl: string;
  readonly baseUrlEnv?: string;
  /** A variable that wins over `baseUrlEnv`. */
  readonly baseUrlEnvFirst?: string;
  /** True where a base URL variable that leaves `authorisedOrigins(row)` is ignored. */
  readonly pinsOrigin?: boolean;
  /**
   * Origins to which a credential of this provider may go, besides those that the row's own URLs
   * name. `https://*.x.ai` allows one or more labels in place of the star.
   */
  readonly origins?: readonly string[];
  /** Keys with a prefix go to another endpoint; a base URL variable wins over it. */
  readonly keyBaseUrls?: readonly KeyBaseUrl[];
  /** Probed once per key, cached in `providers.<id>.detected_endpoint`. */
  readonly endpoints?: readonly EndpointCandidate[];
  /** Key prefixes that the provider does not take; such a key is refused with the hint. */
  readonly keyRule?: { readonly refuses: readonly string[]; readonly hint: string };
  readonly apiShape: ApiShape;
  readonly check?: KeyCheck;
  /** How a model request carries the credential, where that is not as in `check`. */
  readonly request?: RequestForm;
  /** Variables of a program that gets the credential by `auth exec`; see `childVariables`. */
  readonly childEnv?: {
    readonly apiKey?: string;
    readonly oauth?: string;
    readonly baseUrl?: string;
  };
  /** Makes the token that the API takes out of the stored one (Copilot). */
  readonly exchange?: () => Promise<TokenExchange>;
  /** What a 403 speaks of, where it is not the credential (pool-store §10). */
  readonly refusal403?: 'entitlement';
  /** Why there is no `check`, as the end of "not checked: …". */
  readonly checkless?: string;
  /** A server that may answer without a key, such as one on this machine. */
  readonly keyOptional?: true;
  /** Set where `auth add` must refuse every type or API keys only. */
  readonly refuses?: { readonly add?: Refusal; readonly apiKey?: Refusal };
  /**
   * Copies the login of the provider's own program, on request only: afterwards the refresh of one
   * side ends the other's.
   */
  readonly importLogin?: () => Promise<LoginImport>;
  /** Single login outside the pool (Spotify). */
  readonly session?: boolean;
  /** Code for the logins of this provider, loaded on demand; absent where there is none. */
  readonly driver?: () => Promise<OAuthDriver>;
  /** How Hermes keeps the logins of this provider, where it has any. */
  readonly login?: LoginStorage;
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
