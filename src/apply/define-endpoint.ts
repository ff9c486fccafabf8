import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { EndpointChange, UndefineChange } from '../plan/change.ts';
import { type CustomEndpoint, sameUrl } from '../pool/settings.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import { findProvider, slugOf } from '../providers/find-provider.ts';
import { executeChange } from './executor.ts';
import { newIdFrom } from './new-id.ts';

export interface EndpointInput {
  readonly name: string;
  readonly baseUrl: string;
  /** Undefined: Hermes detects it. */
  readonly apiMode: string | undefined;
}

/**
 * Defines a custom endpoint in `config.yaml`, in the form that the file uses. One with the same URL
 * is there already: it stays as it is (cli-surface §12.4).
 *
 * @returns its id
 * @throws `name_taken` (exit 64)
 */
export async function defineEndpoint(
  deps: Deps,
  store: PoolStore,
  { name, baseUrl, apiMode }: EndpointInput,
): Promise<string> {
  const snapshot = await store.read();
  const present = endpointAt(snapshot, baseUrl);
  if (present !== undefined) return present.id;
  const problem = nameProblem(snapshot, name);
  if (problem !== undefined) throw new GormesError('name_taken', problem, { exitCode: EXIT.usage });
  const id = `custom:${slugOf(name)}`;
  const change: EndpointChange = {
    action: 'endpoint',
    address: id,
    provider: id,
    reason: 'requested',
    row: undefined,
    name: name.trim(),
    apiMode,
    before: undefined,
    after: baseUrl,
    managed: undefined,
  };
  await executeChange(deps, store, change, { env: deps.env, newId: newIdFrom(deps.random) });
  return id;
}

/** Takes a definition out of `config.yaml`; its credentials stay in the pool. */
export async function removeEndpoint(
  deps: Deps,
  store: PoolStore,
  { id, name }: CustomEndpoint,
): Promise<void> {
  const change: UndefineChange = {
    action: 'undefine',
    address: id,
    provider: id,
    reason: 'requested',
    name,
  };
  await executeChange(deps, store, change, { env: deps.env, newId: newIdFrom(deps.random) });
}

export function endpointAt({ settings }: Snapshot, baseUrl: string): CustomEndpoint | undefined {
  return settings.customs.find((custom) => sameUrl(baseUrl, custom.baseUrl));
}

/** What is wrong with a name for a new endpoint; undefined when nothing is. */
export function nameProblem({ settings }: Snapshot, given: string): string | undefined {
  const slug = slugOf(given);
  if (slug === '') return 'the endpoint needs a name';
  // Hermes would send the credentials of the one to the other (cli-surface §14.14).
  if (findProvider(slug) !== undefined) return `"${escapeControls(slug)}" is another provider`;
  const isTaken = settings.customs.some(({ id }) => id === `custom:${slug}`);
  return isTaken ? `an endpoint is called "${escapeControls(given.trim())}" already` : undefined;
}

/** The name that Hermes proposes for an endpoint (cli-surface §12.4). */
export function endpointName(baseUrl: string): string {
  const { hostname, host } = new URL(baseUrl);
  if (isLocal(hostname)) return `Local (${host})`;
  if (hostname.includes('runpod')) return `RunPod (${host})`;
  return host.charAt(0).toUpperCase() + host.slice(1);
}

export function isLocal(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '0.0.0.0', '[::1]'].includes(hostname);
}
