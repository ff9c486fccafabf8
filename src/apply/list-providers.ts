import type { PoolStore } from '../pool/store.ts';
import { CATALOG } from '../providers/catalog.ts';
import type { CredentialType } from '../providers/provider.ts';

/** A provider that commands and declarations can name. */
export interface KnownProvider {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** What it takes, the usual one first; empty where nothing is added to its pool. */
  readonly types: readonly CredentialType[];
  /** Variables that a key of it is read from. */
  readonly variables: readonly string[];
  /** What to do instead, where nothing is added to its pool. */
  readonly instead: string | undefined;
}

/** The catalog in its own order, then the endpoints that the home defines. Reads the home only. */
export async function listProviders(store: PoolStore): Promise<KnownProvider[]> {
  const { customs } = (await store.read()).settings;
  return [
    ...CATALOG.map(({ id, name, aliases, types, keyEnv, refuses }) => ({
      id,
      name,
      aliases,
      types: refuses?.add === undefined ? types : [],
      variables: keyEnv,
      instead: refuses?.add?.hint,
    })),
    ...customs.map(({ id, name, keyEnv }) => ({
      id,
      name,
      aliases: [],
      types: ['api_key'] as const,
      variables: keyEnv === undefined ? [] : [keyEnv],
      instead: undefined,
    })),
  ];
}
