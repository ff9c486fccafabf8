import { createHash } from 'node:crypto';
import { refuseUnless } from './simulator.ts';

/** What an authorization server demands of the address that a person opens. */
export interface AuthorizeRule {
  readonly url: string;
  /** Parameters with their exact values; besides these only the four of every login may be there. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly redirectUri: RegExp;
}

/** A code that was given out. */
export interface IssuedCode {
  readonly code: string;
  readonly state: string;
  readonly redirectUri: string;
}

/** Authorization codes with PKCE: each good for one exchange. */
export class CodeBook {
  readonly #rule: AuthorizeRule;
  readonly #make: (n: number) => string;
  readonly #open = new Map<string, { challenge: string; redirectUri: string; state: string }>();
  #count = 0;

  constructor(rule: AuthorizeRule, make = (n: number) => `code-${n}-${'c'.repeat(24)}`) {
    this.#rule = rule;
    this.#make = make;
  }

  /** What the person's browser does: checks the address and gives out a code. */
  authorize(address: string): IssuedCode {
    const url = new URL(address);
    refuseUnless(url.origin + url.pathname === this.#rule.url, this.#rule.url);
    refuseUnless(url.hash === '', 'no fragment');
    const own = ['redirect_uri', 'state', 'code_challenge', 'code_challenge_method'];
    const names = [...url.searchParams.keys()].sort().join(' ');
    const wanted = [...Object.keys(this.#rule.parameters), ...own].sort().join(' ');
    refuseUnless(names === wanted, `the parameters ${wanted}, not ${names}`);
    for (const [name, value] of Object.entries(this.#rule.parameters)) {
      refuseUnless(url.searchParams.get(name) === value, `${name}=${value}`);
    }
    const [redirectUri, state, challenge, method] = own.map(
      (name) => url.searchParams.get(name) ?? '',
    );
    if (redirectUri === undefined || state === undefined || challenge === undefined) throw null;
    refuseUnless(this.#rule.redirectUri.test(redirectUri), `another redirect_uri: ${redirectUri}`);
    refuseUnless(method === 'S256', 'S256');
    refuseUnless(/^[\w-]{43}$/.test(challenge), 'a SHA-256 in base64url');
    refuseUnless(/^[\w-]{43,}$/.test(state), 'a state of 256 bits');
    refuseUnless(state !== challenge, 'a state that is not the challenge');
    const code = this.#make(++this.#count);
    this.#open.set(code, { challenge, redirectUri, state });
    return { code, state, redirectUri };
  }

  /** True once for a code with its verifier and redirect URI. */
  redeem(code: string, verifier: string, redirectUri: string): boolean {
    const open = this.#open.get(code);
    this.#open.delete(code);
    if (!open) return false;
    refuseUnless(/^[\w.~-]{43,128}$/.test(verifier), 'a verifier of 43 to 128 characters');
    refuseUnless(verifier !== open.state, 'a verifier that is not the state');
    refuseUnless(redirectUri === open.redirectUri, 'the redirect_uri of the authorization');
    return createHash('sha256').update(verifier).digest('base64url') === open.challenge;
  }

  /** The state that a code belongs to, while it is not redeemed. */
  stateOf(code: string): string | undefined {
    return this.#open.get(code)?.state;
  }
}
