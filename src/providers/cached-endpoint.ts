import { sha256Hex } from '../base/digest.ts';
import { isJsonObject, type Json, stringAt } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';

/** The endpoint that took a key, and the model that answered there. */
export interface DetectedEndpoint {
  readonly id: string;
  readonly label: string;
  readonly baseUrl: string;
  readonly model: string;
}

/**
 * The endpoint that was detected earlier for this very key.
 *
 * @param state `providers.<id>` of `auth.json`, or undefined
 */
export function cachedEndpoint(
  state: Json | undefined,
  secret: Secret,
): DetectedEndpoint | undefined {
  const cached = isJsonObject(state) ? state.detected_endpoint : undefined;
  if (!isJsonObject(cached) || stringAt(cached, 'key_hash') !== keyHash(secret)) return undefined;
  const baseUrl = stringAt(cached, 'base_url');
  if (baseUrl === undefined) return undefined;
  return {
    id: stringAt(cached, 'endpoint_id') ?? '',
    label: stringAt(cached, 'label') ?? '',
    baseUrl,
    model: stringAt(cached, 'model') ?? '',
  };
}

/** The first 16 hex digits of SHA-256, as Hermes keys this cache. */
export function keyHash(secret: Secret): string {
  return sha256Hex(secret.reveal()).slice(0, 16);
}
