import type { HttpReply } from '../../base/deps.ts';
import { parseObject } from '../../base/json.ts';
import { Secret } from '../../base/secret.ts';
import { hasControls } from '../../base/text.ts';
import { isToken, type Refusal, refusalOf, saneSeconds } from './token-reply.ts';

/** Default of RFC 8628 §3.5. */
const DEFAULT_INTERVAL_S = 5;

/** What `slow_down` adds to the interval (RFC 8628 §3.5). */
export const SLOW_DOWN_MS = 5_000;

/** Longer codes than any that a person types. */
const USER_CODE = 64;

/** A device authorization (RFC 8628 §3.2). */
export interface DeviceCode {
  readonly deviceCode: Secret;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string | undefined;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly intervalMs: number;
}

export type DeviceVerdict =
  | { readonly kind: 'code'; readonly code: DeviceCode }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unusable'; readonly why: string };

/** @param now when the answer came, in Unix milliseconds; `expires_in` counts from there */
export function judgeDeviceReply(reply: HttpReply, now: number): DeviceVerdict {
  const unusable = (why: string): DeviceVerdict => ({ kind: 'unusable', why });
  const body = parseObject(reply.body);
  if (reply.status !== 200) {
    return reply.status >= 400
      ? { kind: 'refused', refusal: refusalOf(reply.status, body) }
      : unusable(`it answered HTTP ${reply.status}`);
  }
  if (body === undefined) return unusable('its answer is no JSON object');
  if (body.device_code === undefined && body.error !== undefined) {
    return { kind: 'refused', refusal: refusalOf(reply.status, body) };
  }
  if (!isToken(body.device_code)) return unusable('its answer has no usable device_code');
  if (!isUserCode(body.user_code)) return unusable('its answer has no usable user_code');
  const verificationUri = httpsUrl(body.verification_uri);
  if (!verificationUri) return unusable('its verification_uri is no https address');
  const expiresIn = saneSeconds(body.expires_in);
  if (expiresIn === undefined) return unusable('its answer has no usable expires_in');
  return {
    kind: 'code',
    code: {
      deviceCode: new Secret(body.device_code),
      userCode: body.user_code,
      verificationUri,
      verificationUriComplete: httpsUrl(body.verification_uri_complete),
      expiresAt: now + Math.ceil(expiresIn * 1000),
      intervalMs: Math.max(1, saneSeconds(body.interval) ?? DEFAULT_INTERVAL_S) * 1000,
    },
  };
}

function isUserCode(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= USER_CODE &&
    !hasControls(value)
  );
}

/**
 * An https URL without a name or password in it, serialised anew so that nothing but a URL is left
 * (reliability.md T17, F4). Undefined for anything else.
 */
export function httpsUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2048 || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  return url.href;
}
