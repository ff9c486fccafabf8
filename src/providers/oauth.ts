import type { Clock, Http } from '../base/deps.ts';
import type { JsonObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';

/** What a login or a refresh yields. */
export interface Grant {
  readonly accessToken: Secret;
  /** Absent where the provider gives none; then the old one stays (RFC 6749 §6). */
  readonly refreshToken: Secret | undefined;
  readonly idToken?: Secret | undefined;
  /** Unix milliseconds, counted from the receipt of the answer; undefined when nobody says. */
  readonly expiresAt: number | undefined;
  /** Unix milliseconds of the receipt. */
  readonly obtainedAt: number;
  /** Who logged in, as the provider names the account; undefined when it does not. */
  readonly account: string | undefined;
  /** Further facts of the provider without any secret, under the names that Hermes stores. */
  readonly facts: JsonObject;
}

/** What a person is shown during a login; the only thing that a driver says. */
export type Announcement =
  | {
      readonly kind: 'browser';
      /** Opened in the browser, or copied by hand. */
      readonly url: string;
      /** Port of the loopback listener, for the `ssh -L` line; undefined when only pasting works. */
      readonly port: number | undefined;
      /** What the page will show to paste: nothing, a code, or the address of the page. */
      readonly pastes: 'code' | 'redirect_url' | undefined;
    }
  | {
      readonly kind: 'device_code';
      readonly url: string;
      /** The page with the code filled in. */
      readonly completeUrl: string | undefined;
      readonly userCode: string;
      /** Unix milliseconds. */
      readonly expiresAt: number;
      /** Milliseconds between two polls. */
      readonly intervalMs: number;
    }
  /** Progress and remarks, one line without secrets. */
  | { readonly kind: 'note'; readonly text: string };

/** Options of `auth add` and of a declaration that a login may take. */
export interface LoginOptions {
  readonly portalUrl?: string | undefined;
  readonly inferenceUrl?: string | undefined;
  readonly clientId?: string | undefined;
  readonly redirectUri?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly minKeyTtlMs?: number | undefined;
}

export type LoginOption = keyof LoginOptions;

/** What a driver works with. It knows neither the home nor the terminal. */
export interface LoginContext {
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  readonly http: Http;
  /** Ends the login: Ctrl-C, or the time for it is over. */
  readonly signal: AbortSignal;
  readonly show: (announcement: Announcement) => void;
  /** One pasted answer; undefined where nobody can paste. Runs beside a loopback listener. */
  readonly paste: ((signal: AbortSignal) => Promise<Secret>) | undefined;
  /** A variable, `.env` before the environment. */
  readonly env: (name: string) => string | undefined;
  readonly userHome: string | undefined;
  readonly options: LoginOptions;
  /**
   * What is stored of the provider's own login, for settings that hold until others are given; must
   * not be read for tokens. Absent where there is none.
   */
  readonly stored?: JsonObject | undefined;
  /** Milliseconds that a person may take; default: `LOGIN_LIMIT_MS`. */
  readonly waitMs?: number | undefined;
}

export type RefreshContext = Pick<LoginContext, 'clock' | 'http' | 'signal' | 'env' | 'options'>;

/** Outcomes of a refresh that are no grant (reliability.md §4c). */
export type RefreshFailure =
  /** The token was refused for good: log in again. `reason` is the provider's error code. */
  | { readonly kind: 'dead'; readonly reason: string; readonly status: number | undefined }
  /** Nothing was sent, or the provider asked to wait: the token is as good as before. */
  | { readonly kind: 'retry'; readonly reason: string; readonly retryAfterMs: number | undefined }
  /** The request left and no usable answer came: the token may be spent. */
  | { readonly kind: 'uncertain'; readonly reason: string };

export type RefreshResult = { readonly grant: Grant } | { readonly failure: RefreshFailure };

/** Code for one provider's logins: pure of home and terminal, it returns a grant. */
export interface OAuthDriver {
  readonly flow: 'browser' | 'paste' | 'device_code' | 'import';
  /** Options that mean something to this provider; another one is an error of the caller. */
  readonly takes: readonly LoginOption[];
  /** Throws `GormesError`: `login_denied`, `login_expired`, `login_failed`, or what HTTP can throw. */
  readonly login: (context: LoginContext) => Promise<Grant>;
  /** Sends the refresh token at most once. */
  readonly refresh: (context: RefreshContext, grant: Grant) => Promise<RefreshResult>;
  /** How long before its end a token counts as run out, in milliseconds. */
  readonly refreshSkewMs: (grant: Grant) => number;
  /** False where the provider lets a refresh token be used again. */
  readonly singleUse: boolean;
}
