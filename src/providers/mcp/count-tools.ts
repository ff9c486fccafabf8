import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Http } from '../../base/deps.ts';
import { GormesError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';
import { VERSION } from '../../base/version.ts';
import { fetchOver } from './fetch-over.ts';
import { mcpUnreachable } from './mcp-errors.ts';
import type { McpServer } from './mcp-server.ts';

/** A server that goes on for ever is not believed. */
const PAGES = 50;
/** For one request; servers start up slowly at times. */
const CONNECT_MS = 60_000;

/**
 * Connects with an access token and counts the tools that the server offers. Nothing of what the
 * server describes is looked at, let alone compiled or run.
 *
 * @throws `mcp_unreachable`, and what HTTP throws
 */
export async function countTools(
  http: Http,
  server: McpServer,
  accessToken: Secret,
  signal: AbortSignal,
): Promise<number> {
  const timeoutMs = server.connectTimeoutMs ?? CONNECT_MS;
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: fetchOver(http, { signal, timeoutMs }),
    requestInit: { headers: { authorization: `Bearer ${accessToken.reveal()}` } },
  });
  const client = new Client(
    { name: 'gormes', version: VERSION },
    { jsonSchemaValidator: { getValidator: () => refuseToValidate } },
  );
  const options = { signal, timeout: timeoutMs };
  try {
    await client.connect(transport, options);
    if (client.getServerCapabilities()?.tools === undefined) return 0;
    let count = 0;
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const request = { method: 'tools/list', params } as const;
      const reply = await client.request(request, ListToolsResultSchema, options);
      count += reply.tools.length;
      cursor = reply.nextCursor;
      if (cursor === undefined) return count;
    }
    throw mcpUnreachable(server.name, 'its list of tools does not end');
  } catch (error) {
    signal.throwIfAborted();
    // The SDK's messages hold what the server sent.
    throw error instanceof GormesError ? error : mcpUnreachable(server.name, whyOf(error));
  } finally {
    await transport.terminateSession().catch(() => undefined);
    await client.close().catch(() => undefined);
  }
}

function refuseToValidate(): never {
  throw new Error('schemas of servers are not used');
}

function whyOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : 0;
  if (code === 401 || code === 403) return `it does not take the new token (HTTP ${code})`;
  if (typeof code === 'number' && code >= 400 && code < 600) return `it answered HTTP ${code}`;
  return 'it does not speak MCP over HTTP as it should';
}
