import { LIMITS } from '../base/limits.ts';
import { hasControls } from '../base/text.ts';
import { mcpServerOf } from '../pool/session.ts';
import { findProvider, slugOf } from '../providers/find-provider.ts';

/** Why a text is no address. */
export type AddressProblem = 'bad_address' | 'unknown_provider';

export type ParsedAddress =
  | { readonly address: string; readonly provider: string; readonly label: string }
  | { readonly problem: AddressProblem; readonly provider: string };

/**
 * `<provider>/<label>` with aliases resolved; splits at the first `/`, so that labels may hold more
 * of them. A custom provider need not be known: it may be gone.
 */
export function parseAddress(text: string): ParsedAddress {
  const slash = text.indexOf('/');
  const given = slash < 0 ? text : text.slice(0, slash);
  const label = slash < 0 ? '' : text.slice(slash + 1);
  const provider = providerOf(given);
  const fits = label !== '' && [...label].length <= LIMITS.labelLength && !hasControls(label);
  if (given === '' || !fits) return { problem: 'bad_address', provider: given };
  if (provider === undefined) return { problem: 'unknown_provider', provider: given };
  return { address: `${provider}/${label}`, provider, label };
}

/** The address of a login outside the pool: a provider that has a single one, or `mcp:<server>`. */
export function parseSession(text: string): string | undefined {
  if (mcpServerOf(text)) return text;
  const row = findProvider(text);
  return row?.session ? row.id : undefined;
}

/** The pool key of a provider as written in an address: a catalog id, or `custom:<slug>`. */
export function providerOf(given: string): string | undefined {
  const custom = /^\s*custom:(.+)$/i.exec(given)?.[1];
  return custom === undefined ? findProvider(given)?.id : `custom:${slugOf(custom)}`;
}
