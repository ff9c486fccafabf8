import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../pool/home.ts';
import { endSharedNous } from '../pool/nous-shared.ts';
import type { StoreDeps } from '../pool/store.ts';
import type { VendorLogins } from '../pool/vendor.ts';
import { rowOf } from '../providers/find-provider.ts';

/** Ends a login that all profiles share, under its own lock; true when there was one (design §15). */
export async function endSharedLogin(
  provider: string,
  home: Home,
  deps: StoreDeps,
): Promise<boolean> {
  if (rowOf(provider)?.login?.sharedWith !== 'profiles') return false;
  return await endSharedNous(home, deps);
}

/** Path below the home of a provider's own login file; undefined for those that have none. */
export function loginFileOf(provider: string): string | undefined {
  return rowOf(provider)?.login?.homeFile?.path;
}

export function hasLoginFile(home: Home, provider: string): boolean {
  const file = loginFileOf(provider);
  return file !== undefined && existsSync(join(home.dir, file));
}

/** The vendor logins as they are once the provider's login file is gone. */
export function endedVendorLogin(vendor: VendorLogins, provider: string): VendorLogins {
  const source = rowOf(provider)?.login?.homeFile?.source;
  return source === undefined ? vendor : { ...vendor, [source]: undefined };
}
