import type { JsonObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import type { Grant } from './oauth.ts';

// How Hermes keeps the logins of a provider in a home: where they are found, how they are written,
// what ends with them. One file a provider in `logins/`, from pool-store §2.1, §7, §8, §11 and
// oauth-flows §2–9. Without one, a login is a row of the pool that holds its tokens.

/** A login that another program, or another part of Hermes, keeps in a file of its own. */
export interface VendorLogin {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** Unix milliseconds. */
  readonly expiresAt: number | undefined;
  /** The file that it was read from, for labels and messages. */
  readonly path: string;
}

/** A credential that a source offers to the pool. */
export interface Seed {
  readonly source: string;
  readonly type: 'api_key' | 'oauth';
  /** Label of a new entry; an entry that is there keeps its own. */
  readonly label: string;
  readonly secret: Secret;
  readonly refreshToken?: Secret | undefined;
  readonly baseUrl?: string | undefined;
  /** Further fields of the row, named as Hermes writes them. */
  readonly extras?: JsonObject;
}

/** What logins are found in. */
export interface LoginPlaces {
  /** `providers.<id>` of `auth.json`. */
  readonly state: JsonObject | undefined;
  readonly vendor: (source: string) => VendorLogin | undefined;
  /** `.env` before the environment, as Hermes resolves a variable. */
  readonly env: (name: string) => string | undefined;
  /** A person added an entry of this provider by hand. */
  readonly hasManual: boolean;
  /** It is the active provider, or the one of the model. */
  readonly isChosen: boolean;
  /** That of the row. */
  readonly baseUrl: string;
}

/** What the removal of an entry does besides, by its source. */
export interface Removal {
  /** Sources that must not be imported again; absent: the entry's own. */
  readonly suppresses?: readonly string[];
  /** Ends `providers.<id>`: always, or where it holds the refresh token of the entry. */
  readonly endsLogin?: 'always' | 'same_token';
  /** Deletes `homeFile`. */
  readonly removesFile?: true;
  /** For people, behind what was done. */
  readonly lines: readonly string[];
}

/** All that differs from a row of the pool that holds its tokens. */
export interface LoginStorage {
  /** Source of the entry that Hermes seeds from `providers.<id>`, a home file or a vendor file. */
  readonly seededSource?: string;
  /** Source of the entry that Hermes' `auth add` writes; absent: `manual:device_code`. */
  readonly manualSource?: string;
  /** Which of the two gormes writes at a login: one row for one login (design §15). */
  readonly writes?: 'seeded' | 'manual';
  /** How Hermes words what it stored, where that is not `Added … OAuth credential #n`. */
  readonly savedAs?: string;
  /** Sources besides `manual…` whose secret the store itself holds. */
  readonly ownedSources?: readonly string[];
  /** What Hermes imports; the first source of a kind counts. */
  readonly seeds?: (places: LoginPlaces) => readonly Seed[];
  /** Sources whose entries go, too, when nothing is offered; those of the row's `sources` always do. */
  readonly goWithSeed?: readonly string[];
  /** Fields of a row that holds the tokens itself, besides the tokens; absent: its end. */
  readonly row?: (grant: Grant) => JsonObject;
  /** `providers.<id>`, where Hermes keeps a single login. */
  readonly state?: (grant: Grant) => JsonObject;
  /** Whether a login makes the provider the active one: always, or as the first of all. */
  readonly activates?: 'always' | 'first';
  /** Hermes labels the entry by the account, whatever the token says. */
  readonly labelledByAccount?: true;
  /** A file of the home that holds a login, below it; `source` is the import that it feeds. */
  readonly homeFile?: { readonly path: string; readonly source?: string };
  /** Who else refreshes the login of `seededSource`, or ends it. */
  readonly sharedWith?: 'profiles' | 'qwen_cli';
  readonly removals?: Readonly<Record<string, Removal>>;
}
