import type { Hash } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';

/**
 * SHA-256 of the UTF-8 bytes of a text, 64 hex digits. In plain code: `node:crypto` takes longer to
 * load than listing a home takes, and only commands that need more of it shall pay for that.
 */
export function sha256Hex(text: string): string {
  return Buffer.from(sha256(Buffer.from(text, 'utf8'))).toString('hex');
}

/** SHA-256 of what is long, or is no text; loads `node:crypto`. */
export function createSha256(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256');
}

/** Random bytes of the system's generator; loads `node:crypto`. */
export function randomBytes(count: number): Buffer {
  return process.getBuiltinModule('node:crypto').randomBytes(count);
}
