import { createHash } from 'node:crypto';
import { Secret } from '../../base/secret.ts';

/** One login's proof key (RFC 7636). The verifier goes to the token endpoint and nowhere else. */
export interface Pkce {
  readonly verifier: Secret;
  /** For `code_challenge`, with `code_challenge_method=S256`. */
  readonly challenge: string;
}

type Random = (bytes: number) => Buffer;

/** S256 only (RFC 9700 §2.1.1). 32 random bytes make a verifier of 43 characters, 64 make 86. */
export function createPkce(random: Random, bytes = 32): Pkce {
  const verifier = random(bytes).toString('base64url');
  return {
    verifier: new Secret(verifier),
    challenge: createHash('sha256').update(verifier, 'ascii').digest('base64url'),
  };
}

/** 256 bits that have nothing to do with the verifier (reliability.md T15, T18). */
export function createState(random: Random): string {
  return random(32).toString('base64url');
}
