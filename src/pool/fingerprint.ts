import { createHmac } from 'node:crypto';
import type { Secret } from '../base/secret.ts';

/**
 * Names a secret without telling it: HMAC-SHA-256 under a random key of the home, 16 hex digits.
 * Equal only within one home (design §2).
 */
export type Fingerprinter = (secret: Secret) => string;

/** @param key 32 random bytes of the home */
export function fingerprinter(key: Buffer): Fingerprinter {
  return (secret) =>
    createHmac('sha256', key).update(secret.reveal(), 'utf8').digest('hex').slice(0, 16);
}
