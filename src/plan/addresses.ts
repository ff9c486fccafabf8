import type { IgnoreRule } from '../config/desired.ts';
import { matchGlob } from '../config/match-glob.ts';

/** The provider of an address; labels may hold slashes, providers do not. */
export function providerOf(address: string): string {
  const slash = address.indexOf('/');
  return slash < 0 ? address : address.slice(0, slash);
}

/** The label of an address. */
export function labelOf(address: string): string {
  return address.slice(providerOf(address).length + 1);
}

/** Whether a rule of `ignore:` covers an entry. */
export function isIgnored(rules: readonly IgnoreRule[], address: string, source: string): boolean {
  return rules.some((rule) =>
    'source' in rule ? rule.source === source : matchGlob(rule.address, address),
  );
}
