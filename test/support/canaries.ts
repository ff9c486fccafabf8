import { createHash } from 'node:crypto';

/** A part of a secret as short as this gives it away, so it counts as a leak (reliability.md H1). */
const WINDOW = 12;

export interface Canary {
  readonly name: string;
  readonly text: string;
}

/** A fake secret that looks like a real key, the same at each run. */
export function makeCanary(name: string, prefix = 'sk-or-v1-'): Canary {
  return { name, text: prefix + createHash('sha256').update(`canary ${name}`).digest('hex') };
}

/**
 * Which canaries a text holds, and in which form: raw (any part of 12 characters), base64 and
 * base64url at any alignment, URL-encoded, hexadecimal, JSON-escaped. One line per finding.
 */
export function findCanaries(text: string, canaries: Iterable<Canary>): string[] {
  const lower = text.toLowerCase();
  const found: string[] = [];
  for (const canary of canaries) {
    for (const [form, needles] of formsOf(canary.text)) {
      const haystack = form === 'hex' ? lower : text;
      if (needles.some((needle) => haystack.includes(needle)))
        found.push(`${canary.name} (${form})`);
    }
  }
  return found;
}

function formsOf(secret: string): [form: string, needles: string[]][] {
  const base64 = [0, 1, 2].map((offset) => alignedBase64(secret, offset));
  return [
    ['raw', windows(secret)],
    ['base64', base64],
    ['base64url', base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))],
    ['URL-encoded', [encodeURIComponent(secret)]],
    ['hex', [Buffer.from(secret).toString('hex')]],
    ['JSON-escaped', [JSON.stringify(secret).slice(1, -1)]],
  ];
}

function windows(secret: string): string[] {
  if (secret.length <= WINDOW) return [secret];
  return Array.from({ length: secret.length - WINDOW + 1 }, (_, i) => secret.slice(i, i + WINDOW));
}

/** What base64 of anything that holds the secret must hold, when it begins `offset` bytes in. */
function alignedBase64(secret: string, offset: number): string {
  const bytes = Buffer.from(secret);
  const whole = bytes.subarray(offset === 0 ? 0 : 3 - offset);
  return whole.subarray(0, whole.length - (whole.length % 3)).toString('base64');
}
