import { mcpAddress } from '../pool/session.ts';
import type { DesiredMcp, DesiredProvider, SessionWish } from './desired.ts';
import { type Findings, quote } from './findings.ts';
import {
  entriesOf,
  itemsOf,
  listAt,
  type MapEntry,
  type MapNode,
  mapAt,
  scalarAt,
  stringAt,
  stringOf,
} from './tree.ts';

/** The single login of a provider (`spotify:`). */
export function buildSession(entry: MapEntry, id: string, findings: Findings) {
  const session: DesiredProvider['session'] = {
    ...buildWish(entry, id, findings),
    clientId: stringAt(entry.value, 'client_id'),
    scopes: itemsOf(listAt(entry.value, 'scopes')).flatMap((item) => stringOf(item) ?? []),
  };
  return session;
}

/** The logins at MCP servers. */
export function buildMcpServers(root: MapNode, findings: Findings): DesiredMcp[] {
  return entriesOf(mapAt(root, 'mcp_servers')).map((entry) => ({
    ...buildWish(entry, mcpAddress(entry.key), findings),
    name: entry.key,
    place: findings.place(entry.keyNode),
  }));
}

function buildWish({ keyNode, value }: MapEntry, address: string, findings: Findings): SessionWish {
  const state = stringAt(value, 'state') === 'logged_out' ? 'logged_out' : 'logged_in';
  const node = scalarAt(value, 'protect');
  const protect = node?.value === true;
  if (state === 'logged_out' && protect) {
    const message = `${quote(address)} cannot be both logged out and protected`;
    findings.error('field_conflict', message, node ?? keyNode);
  }
  return { state, protect };
}
