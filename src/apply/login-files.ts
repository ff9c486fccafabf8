import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../pool/home.ts';
import { endSharedNous } from '../pool/nous-shared.ts';
import type { StoreDeps } from '../pool/store.ts';
import type { VendorLogins } from '../pool/vendor.ts';

/** Logins of Hermes itself that stand in a file of their own in the home (pool-store §1). */
const LOGIN_FILES: Readonly<Record<string, LoginFile>> = {
  anthropic: { name: '.anthropic_oauth.json', feeds: 'hermesPkce' },
  'google-gemini-cli': { name: 'auth/google_oauth.json' },
};

interface LoginFile {
  /** Path below the home. */
  readonly name: string;
  /** The import that it feeds. */
  readonly feeds?: keyof VendorLogins;
}

/** Logins that Hermes keeps for all profiles at once (design §15). */
const SHARED_LOGINS: Readonly<Record<string, typeof endSharedNous>> = { nous: endSharedNous };

/** Ends a login that all profiles share, under its own lock; true when there was one. */
export async function endSharedLogin(
  provider: string,
  home: Home,
  deps: StoreDeps,
): Promise<boolean> {
  if (!Object.hasOwn(SHARED_LOGINS, provider)) return false;
  return (await SHARED_LOGINS[provider]?.(home, deps)) ?? false;
}

/** Path below the home of a provider's own login file; undefined for those that have none. */
export function loginFileOf(provider: string): string | undefined {
  return fileOf(provider)?.name;
}

export function hasLoginFile(home: Home, provider: string): boolean {
  const file = loginFileOf(provider);
  return file !== undefined && existsSync(join(home.dir, file));
}

/** The vendor logins as they are once the provider's login file is gone. */
export function endedVendorLogin(vendor: VendorLogins, provider: string): VendorLogins {
  const feeds = fileOf(provider)?.feeds;
  return feeds === undefined ? vendor : { ...vendor, [feeds]: undefined };
}

function fileOf(provider: string): LoginFile | undefined {
  return Object.hasOwn(LOGIN_FILES, provider) ? LOGIN_FILES[provider] : undefined;
}
