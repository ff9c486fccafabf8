import type { Deps } from '../base/deps.ts';
import type { Desired, DesiredProvider } from '../config/desired.ts';
import type { LiveMcp, OutsideFacts } from '../plan/context.ts';
import { loginServer, type McpEntry, readMcpServers } from '../pool/mcp-servers.ts';
import { mcpFileName, readMcpLogin } from '../pool/mcp-tokens.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import { readAwsIdentity } from './read-aws-identity.ts';

/** What a declaration names besides the pool, as it stands. Writes nothing; asks nobody for a secret. */
export async function readOutside(
  deps: Pick<Deps, 'clock' | 'env' | 'http' | 'signal'>,
  snapshot: Snapshot,
  desired: Desired,
): Promise<OutsideFacts> {
  const asserts = desired.providers.some((provider) => isAsserted(provider.asserts));
  const [mcp, aws] = await Promise.all([
    readMcp(deps, snapshot, desired),
    asserts ? readAwsIdentity(deps, snapshot) : undefined,
  ]);
  return { mcp, aws };
}

function isAsserted(asserts: DesiredProvider['asserts']): boolean {
  return asserts !== undefined && Object.keys(asserts).length > 0;
}

async function readMcp(
  { clock }: Pick<Deps, 'clock'>,
  { home, inputs }: Snapshot,
  { mcpServers }: Desired,
): Promise<ReadonlyMap<string, LiveMcp>> {
  if (mcpServers.length === 0) return new Map();
  const entries = await readMcpServers(home, inputs.env);
  return new Map(
    mcpServers.map(({ name }) => {
      const login = readMcpLogin(home, name, clock.now());
      return [name, { obstacle: obstacleOf(entries, name), login }];
    }),
  );
}

/** Why no login can be made at a server; undefined where one can. */
export function obstacleOf(entries: readonly McpEntry[], name: string): LiveMcp['obstacle'] {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) return 'not_configured';
  const server = loginServer(entry);
  if (typeof server === 'string') return server;
  const twins = entries.filter((other) => mcpFileName(other.name) === mcpFileName(name));
  return twins.length > 1 ? 'same_file' : undefined;
}
