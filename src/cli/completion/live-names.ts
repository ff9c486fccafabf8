import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Deps } from '../../base/deps.ts';
import { LIMITS } from '../../base/limits.ts';
import { hasControls } from '../../base/text.ts';
import { findHome, type HomeChoice, parseProfileName } from '../../pool/home.ts';
import type { ListedPool } from '../../pool/list-entries.ts';
import type { Candidate, LiveNames } from './candidates.ts';

/**
 * Names from the chosen home, read once. A home that can't be read has none, and so do labels that a
 * terminal should not show. Takes no lock, asks no network, starts no program.
 */
export function liveNames(deps: Deps, choice: HomeChoice): LiveNames {
  let pools: Promise<readonly ListedPool[]> | undefined;
  const read = (): Promise<readonly ListedPool[]> => {
    pools ??= readPools(deps, choice).catch(() => []);
    return pools;
  };
  return {
    providers: async () => (await read()).map(({ provider }) => candidate(provider)).filter(isSafe),
    allProviders: async () => {
      const { CATALOG } = await import('../../providers/catalog.ts');
      const known = CATALOG.map(({ id, name }) => ({ value: id, description: name }));
      const ids = new Set(known.map(({ value }) => value));
      const own = (await read()).filter(({ provider }) => !ids.has(provider));
      return [...known, ...own.map(({ provider }) => candidate(provider))].filter(isSafe);
    },
    labels: async (given) => {
      const { findProvider, normaliseProvider } = await import('../../providers/find-provider.ts');
      const id = findProvider(given)?.id ?? normaliseProvider(given);
      const pool = (await read()).find(({ provider }) => provider === id);
      const labels = (pool?.credentials ?? []).map(({ label, source, status }) => ({
        value: label,
        description: status === 'ok' ? source : `${source}, ${status}`,
      }));
      return labels.filter(isSafe);
    },
    profiles: async () => {
      const { root } = findHome(deps.env, deps.userHome, { home: choice.home, profile: 'default' });
      const names = ['default', ...readdirSync(join(root, 'profiles'))];
      return names.filter((name) => parseProfileName(name) === name).map(candidate);
    },
  };
}

async function readPools(deps: Deps, choice: HomeChoice): Promise<readonly ListedPool[]> {
  const { homeStore } = await import('../../pool/store.ts');
  const { listEntries } = await import('../../pool/list-entries.ts');
  const home = findHome(deps.env, deps.userHome, choice);
  const store = homeStore(home, deps, LIMITS.lockWaitMs);
  return listEntries(await store.read(), deps.clock.now());
}

function candidate(value: string): Candidate {
  return { value, description: '' };
}

function isSafe({ value, description }: Candidate): boolean {
  return value !== '' && !hasControls(value) && !hasControls(description);
}
