import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Hosts } from './internet.ts';
import type { Handler, SimReply } from './simulator.ts';

const HOST = 'mcp.example';
const URL_OF = `https://${HOST}/mcp`;
const METADATA_PATH = '/.well-known/oauth-protected-resource/mcp';

export interface McpSimOptions {
  /** Of the authorization server; undefined for a server that takes everybody. */
  readonly issuer: string | undefined;
  /** Whether a token is good for this server. */
  readonly accepts: (token: string) => Promise<boolean>;
  /** Names of the tools; undefined for a server without tools. */
  readonly tools: readonly string[] | undefined;
  /** Fields of the resource metadata (RFC 9728) that differ. */
  readonly metadata?: object;
  /** The challenge of a refusal, where it differs. */
  readonly challenge?: string;
}

/** A server built with the SDK, behind the simulated internet, that wants a bearer token. */
export interface McpSim extends AsyncDisposable {
  readonly url: string;
  readonly hosts: Hosts;
  /** Sessions that were begun and not ended. */
  readonly openSessions: () => number;
}

export async function startMcp(options: McpSimOptions): Promise<McpSim> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    const transport = known ?? (await beginSession(sessions, options.tools));
    await transport.handleRequest(request, response);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const local = `http://127.0.0.1:${address.port}`;

  const handle: Handler = async ({ method, path, headers, body }) => {
    if (path === METADATA_PATH && options.issuer !== undefined) {
      return {
        body: {
          resource: URL_OF,
          authorization_servers: [options.issuer],
          scopes_supported: ['mcp:tools'],
          ...options.metadata,
        },
      };
    }
    if (path !== '/mcp') return { status: 404 };
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const welcome = options.issuer === undefined || (token && (await options.accepts(token)));
    if (!welcome) return refusal(options.challenge);
    const { host: _host, connection: _connection, 'content-length': _length, ...rest } = headers;
    const reply = await fetch(`${local}${path}`, {
      method,
      headers: rest,
      ...(method === 'POST' ? { body } : {}),
    });
    const session = reply.headers.get('mcp-session-id');
    return {
      status: reply.status,
      headers: {
        'content-type': reply.headers.get('content-type') ?? 'text/plain',
        ...(session === null ? {} : { 'mcp-session-id': session }),
      },
      body: await reply.text(),
    };
  };
  return {
    url: URL_OF,
    hosts: { [HOST]: handle },
    openSessions: () => sessions.size,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refusal(challenge?: string): SimReply {
  const named = `Bearer error="invalid_token", resource_metadata="https://${HOST}${METADATA_PATH}"`;
  return {
    status: 401,
    headers: { 'www-authenticate': challenge ?? named },
    body: { error: 'invalid_token' },
  };
}

async function beginSession(
  sessions: Map<string, StreamableHTTPServerTransport>,
  tools: McpSimOptions['tools'],
): Promise<StreamableHTTPServerTransport> {
  const server = new McpServer({ name: 'sim', version: '1.0.0' });
  for (const name of tools ?? []) {
    server.registerTool(name, { description: `does ${name}` }, async () => ({ content: [] }));
  }
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  await server.connect(transport);
  return transport;
}
