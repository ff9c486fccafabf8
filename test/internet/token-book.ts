import type { SimReply } from './simulator.ts';

/** A pair that was given out. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** How the tokens of a simulator look; `n` counts from 1. */
export interface TokenLooks {
  readonly access?: (n: number) => string;
  readonly refresh?: (n: number) => string;
}

/** Tokens of one server. Refresh tokens are good for one use; a second one revokes what came of it. */
export class TokenBook {
  readonly issued: IssuedTokens[] = [];
  readonly #access: (n: number) => string;
  readonly #refresh: (n: number) => string;
  /** Refresh token → is it still good? */
  readonly #tokens = new Map<string, 'good' | 'used' | 'revoked'>();

  constructor(looks: TokenLooks, prefix: string) {
    this.#access = looks.access ?? ((n) => `${prefix}-access-${n}-${'a'.repeat(24)}`);
    this.#refresh = looks.refresh ?? ((n) => `${prefix}-refresh-${n}-${'r'.repeat(24)}`);
  }

  issue(): IssuedTokens {
    const n = this.issued.length + 1;
    const pair = { accessToken: this.#access(n), refreshToken: this.#refresh(n) };
    this.issued.push(pair);
    this.#tokens.set(pair.refreshToken, 'good');
    return pair;
  }

  /** Makes a refresh token known that the store of a test begins with. */
  accept(refreshToken: string): void {
    this.#tokens.set(refreshToken, 'good');
  }

  revoke(refreshToken: string): void {
    this.#tokens.set(refreshToken, 'revoked');
  }

  /** The next pair, or why not. */
  rotate(refreshToken: string): IssuedTokens | 'unknown' | 'reused' {
    const state = this.#tokens.get(refreshToken);
    if (state === 'good') {
      this.#tokens.set(refreshToken, 'used');
      return this.issue();
    }
    if (state !== 'used') return 'unknown';
    for (const token of this.#tokens.keys()) this.#tokens.set(token, 'revoked');
    return 'reused';
  }

  isGood(refreshToken: string): boolean {
    return this.#tokens.get(refreshToken) === 'good';
  }
}

/** Answers that a test wants in place of the right ones, per endpoint, each used once. */
export class Detours<Endpoint extends string> {
  readonly #queues = new Map<Endpoint, SimReply[]>();

  /** The next answers of an endpoint. The request is still checked first. */
  next(endpoint: Endpoint, ...replies: SimReply[]): void {
    this.#queues.set(endpoint, [...(this.#queues.get(endpoint) ?? []), ...replies]);
  }

  take(endpoint: Endpoint): SimReply | undefined {
    return this.#queues.get(endpoint)?.shift();
  }
}
