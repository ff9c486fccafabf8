import type { Secret } from '../base/secret.ts';
import type { Home } from './home.ts';
import { readRegularFile } from './read-file.ts';

/**
 * Names a secret without telling it: HMAC-SHA-256 under a random key of the home, 16 hex digits.
 * Equal only within one home (design §2). Loads `node:crypto` with its first secret.
 */
export type Fingerprinter = (secret: Secret) => string;

/** Length of a home's key. */
export const KEY_BYTES = 32;

/** @param key random bytes of the home */
export function fingerprinter(key: Buffer): Fingerprinter {
  return (secret) =>
    process
      .getBuiltinModule('node:crypto')
      .createHmac('sha256', key)
      .update(secret.reveal(), 'utf8')
      .digest('hex')
      .slice(0, 16);
}

/** The home's key; undefined while it has none, or none that makes sense. */
export function readFingerprintKey(home: Home): Buffer | undefined {
  const text = readRegularFile(home.fingerprintKeyFile, 1024)?.text.trim();
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}
