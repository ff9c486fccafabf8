/** `node:crypto`, loaded by its first use: a command that lists must not pay for it at every start. */
const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');

/** SHA-256 of the UTF-8 bytes of a text, 64 hex digits. */
export function sha256Hex(text: string): string {
  return crypto().createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Random bytes of the system's generator. */
export function randomBytes(count: number): Buffer {
  return crypto().randomBytes(count);
}
