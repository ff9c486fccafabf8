import type { Deps, Http } from '../base/deps.ts';
import { GormesError } from '../base/errors.ts';
import { type JsonObject, parseObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import { type DetectedEndpoint, keyHash } from './cached-endpoint.ts';
import type { EndpointCandidate, ProviderRow } from './provider.ts';

/** Per request, as in Hermes (oauth-flows §13.2). */
const PROBE_TIMEOUT_MS = 8_000;

/**
 * Asks every endpoint of a row at once whether it takes the key, and picks the first of the row that
 * does; undefined when none does, which is not remembered. Uses the network, and **not free of
 * charge**: a success costs one token of the person's quota, so ask for it or be told to.
 *
 * @param failed called for each probe that got no usable answer
 * @throws what the signal was aborted with; a failed probe is not an error
 */
export async function detectEndpoint(
  deps: Pick<Deps, 'http'>,
  row: ProviderRow,
  secret: Secret,
  signal: AbortSignal,
  failed: (error: GormesError) => void = () => undefined,
): Promise<DetectedEndpoint | undefined> {
  const candidates = row.endpoints ?? [];
  if (candidates.length === 0) return undefined;
  const http = await deps.http();
  const settled = new AbortController();
  const stop = AbortSignal.any([signal, settled.signal]);
  try {
    const probes = candidates.map((candidate) => probe(http, candidate, secret, stop, failed));
    for (const each of probes) {
      const found = await each;
      signal.throwIfAborted();
      if (found) return found;
    }
    return undefined;
  } finally {
    settled.abort();
  }
}

/** Models one after another: a plan may lack the newest. Never throws. */
async function probe(
  http: Http,
  candidate: EndpointCandidate,
  secret: Secret,
  signal: AbortSignal,
  failed: (error: GormesError) => void,
): Promise<DetectedEndpoint | undefined> {
  for (const model of candidate.models) {
    const status = await ask(http, candidate.baseUrl, model, secret, signal, failed);
    if (status === 200) {
      return { id: candidate.id, label: candidate.label, baseUrl: candidate.baseUrl, model };
    }
    // Another model changes nothing about an endpoint that is away or does not know the key.
    if (status === undefined || status === 401 || signal.aborted) return undefined;
  }
  return undefined;
}

async function ask(
  http: Http,
  baseUrl: string,
  model: string,
  secret: Secret,
  signal: AbortSignal,
  failed: (error: GormesError) => void,
): Promise<number | undefined> {
  try {
    const reply = await http({
      method: 'POST',
      url: `${baseUrl}/chat/completions`,
      headers: {
        authorization: `Bearer ${secret.reveal()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        model,
        stream: false,
        max_tokens: 1,
        messages: [{ role: 'user', content: 'ping' }],
      }),
      timeoutMs: PROBE_TIMEOUT_MS,
      signal,
    });
    if (reply.status !== 200 || isCompletion(reply.body)) return reply.status;
    failed(noCompletion(new URL(baseUrl).host));
  } catch (error) {
    if (!signal.aborted && !(error instanceof GormesError)) throw error;
    if (!signal.aborted && error instanceof GormesError) failed(error);
  }
  return undefined;
}

/** The page of a proxy that answers for everybody is no sign of an endpoint. */
function isCompletion(body: string): boolean {
  return Array.isArray(parseObject(body)?.choices);
}

function noCompletion(host: string): GormesError {
  return new GormesError('endpoint_answer_invalid', `the answer of ${host} is no completion`);
}

/** `providers.<id>.detected_endpoint` as Hermes writes it; holds a digest of the key, not the key. */
export function detectedEndpointRow(found: DetectedEndpoint, secret: Secret): JsonObject {
  return {
    base_url: found.baseUrl,
    endpoint_id: found.id,
    model: found.model,
    label: found.label,
    key_hash: keyHash(secret),
  };
}
