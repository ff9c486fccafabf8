import type { Deps } from '../base/deps.ts';
import type { Fingerprinter } from '../pool/fingerprint.ts';
import { type Live, observe } from '../pool/live.ts';
import { readMcpLogins } from '../pool/mcp-logins.ts';
import { mcpServerOf } from '../pool/session.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';

/**
 * What a home holds, its logins at MCP servers among it: those that `config.yaml` knows, those that
 * are managed, and those that are named. Writes nothing.
 *
 * @param fingerprint a home without a key of its own gives another one at each asking
 * @param named keys in `mcp_servers` that a declaration speaks of
 */
export async function observeHome(
  { clock }: Pick<Deps, 'clock'>,
  store: PoolStore,
  { auth, inputs, home }: Snapshot,
  fingerprint: Fingerprinter,
  named: readonly string[] = [],
): Promise<Live> {
  const now = clock.now();
  const managed = [...store.readLedger().sessions.keys()];
  const servers = [...named, ...managed.flatMap((address) => mcpServerOf(address) ?? [])];
  const mcp = await readMcpLogins(home, inputs.env, now, servers);
  return observe(auth, inputs, fingerprint, now, mcp);
}
