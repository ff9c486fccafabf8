import { expect, test } from 'vitest';
import type { HttpReply, HttpRequest } from '../../src/base/deps.ts';
import { Secret } from '../../src/base/secret.ts';
import { logInMcp } from '../../src/providers/mcp/log-in.ts';
import type { McpOAuth, McpServer } from '../../src/providers/mcp/mcp-server.ts';
import type { Announcement } from '../../src/providers/oauth.ts';
import { failureOf, testLogin } from '../support/login.ts';

const MCP = 'https://mcp.acme.example/v1';
const AS = 'https://login.acme.example';
const NO_OAUTH: McpOAuth = {
  clientId: undefined,
  clientSecret: undefined,
  clientName: undefined,
  scope: undefined,
  redirectPort: undefined,
  redirectHost: undefined,
  redirectUri: undefined,
  tokenEndpointAuthMethod: undefined,
  waitMs: undefined,
};

function serverWith(oauth: Partial<McpOAuth> = {}, url = MCP): McpServer {
  return { name: 'acme', url, oauth: { ...NO_OAUTH, ...oauth }, connectTimeoutMs: undefined };
}

type Reply = Partial<Omit<HttpReply, 'body'>> & { readonly body?: object | string };

/** What the two servers answer; everything else is 404. */
function routes(more: Readonly<Record<string, Reply>> = {}): Readonly<Record<string, Reply>> {
  return {
    [`POST ${MCP}`]: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
    'GET https://mcp.acme.example/.well-known/oauth-protected-resource/v1': {
      body: { resource: MCP, authorization_servers: [AS], scopes_supported: ['read', 'write'] },
    },
    [`GET ${AS}/.well-known/oauth-authorization-server`]: { body: metadata() },
    [`POST ${AS}/register`]: { status: 201, body: { client_id: 'client-1' } },
    [`POST ${AS}/token`]: {
      body: { access_token: 'at-1', token_type: 'bearer', expires_in: 60, refresh_token: 'rt-1' },
    },
    ...more,
  };
}

function metadata(more: object = {}): object {
  return {
    issuer: AS,
    authorization_endpoint: `${AS}/authorize`,
    token_endpoint: `${AS}/token`,
    registration_endpoint: `${AS}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    ...more,
  };
}

const AS_METADATA = `GET ${AS}/.well-known/oauth-authorization-server`;
const RESOURCE_METADATA = 'GET https://mcp.acme.example/.well-known/oauth-protected-resource/v1';

interface Attempt {
  readonly requests: HttpRequest[];
  readonly shown: Announcement[];
  readonly login: ReturnType<typeof logInMcp>;
}

/** Logs in; the person's browser comes back with these parameters. */
function attempt(
  answers: Readonly<Record<string, Reply>>,
  server = serverWith(),
  back: (params: URLSearchParams) => Readonly<Record<string, string>> = () => ({ iss: AS }),
): Attempt {
  const requests: HttpRequest[] = [];
  const { context, shown } = testLogin(undefined, {
    http: async (request) => {
      requests.push(request);
      const {
        status = 200,
        headers = {},
        body = '',
      } = answers[`${request.method} ${request.url}`] ?? {
        status: 404,
      };
      return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
    },
    person: async (announcement) => {
      if (announcement.kind !== 'browser') return undefined;
      const { searchParams } = new URL(announcement.url);
      const query = new URLSearchParams({
        code: 'code-1',
        state: searchParams.get('state') ?? '',
        ...back(searchParams),
      });
      return `${searchParams.get('redirect_uri')}?${query}`;
    },
  });
  return { requests, shown, login: logInMcp(context, server) };
}

function formOf(requests: readonly HttpRequest[]): Record<string, string> {
  const sent = requests.find(({ url }) => url === `${AS}/token`);
  return Object.fromEntries(new URLSearchParams(sent?.body));
}

test('a login registers a client for its port and asks for what the server wants', async () => {
  const { requests, shown, login } = attempt(routes());
  const grant = await login;
  const [note, page] = shown;
  expect(note).toEqual({ kind: 'note', text: 'acme lets its users log in at login.acme.example' });
  const params = new URL(page?.kind === 'browser' ? page.url : '').searchParams;
  const redirectUri = params.get('redirect_uri');
  const registered = requests.find(({ url }) => url === `${AS}/register`);
  expect(JSON.parse(registered?.body ?? '')).toEqual({
    client_name: 'Hermes Agent',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: 'read write',
  });
  expect(params.get('client_id')).toBe('client-1');
  expect(params.get('resource')).toBe(MCP);
  expect(formOf(requests)).toMatchObject({
    grant_type: 'authorization_code',
    client_id: 'client-1',
    resource: MCP,
    redirect_uri: redirectUri,
  });
  expect(params.get('code_challenge')).not.toBe(formOf(requests).code_verifier);
  expect(grant.tokens.refreshToken?.reveal()).toBe('rt-1');
  expect(grant.client).toMatchObject({ id: 'client-1', facts: { redirect_uris: [redirectUri] } });
});

test('a client of config.yaml is used as it is, with its secret and its port', async () => {
  const { requests, login } = attempt(
    routes(),
    serverWith({
      clientId: 'mine',
      clientSecret: new Secret('s3cret'),
      scope: 'only-this',
      tokenEndpointAuthMethod: 'client_secret_basic',
    }),
    (params) => {
      expect(params.get('scope')).toBe('only-this');
      return { iss: AS };
    },
  );
  expect((await login).client.facts).toMatchObject({ client_id: 'mine' });
  expect(requests.some(({ url }) => url.endsWith('/register'))).toBe(false);
  const token = requests.find(({ url }) => url === `${AS}/token`);
  const headers = new Headers(token?.headers);
  expect(headers.get('authorization')).toBe(`Basic ${btoa('mine:s3cret')}`);
  expect(token?.body).not.toContain('s3cret');
});

test.each([
  ['another server', 'https://evil.example'],
  ['none', undefined],
  ['the same with a path', `${AS}/tenant`],
])('a callback whose iss is of %s is refused before the code is sent', async (_name, iss) => {
  const back: Readonly<Record<string, string>> = iss === undefined ? {} : { iss };
  const { requests, login } = attempt(routes(), serverWith(), () => back);
  expect(await failureOf(login)).toMatchObject({ code: 'login_failed' });
  expect(requests.some(({ url }) => url === `${AS}/token`)).toBe(false);
});

test('a server that does not promise iss may leave it out, but not name another', async () => {
  const answers = routes({
    [AS_METADATA]: { body: metadata({ authorization_response_iss_parameter_supported: false }) },
  });
  await attempt(answers, serverWith(), () => ({})).login;
  const wrong = attempt(answers, serverWith(), () => ({ iss: 'https://evil.example' }));
  expect(await failureOf(wrong.login)).toMatchObject({ code: 'login_failed' });
});

test.each([
  ['another issuer', { issuer: 'https://evil.example' }],
  ['tokens of another site', { token_endpoint: 'https://evil.example/token' }],
  ['a login page of another site', { authorization_endpoint: 'https://evil.example/a' }],
  ['registration at another site', { registration_endpoint: 'https://evil.example/r' }],
  ['a neighbour below a name that is shared', { token_endpoint: 'https://acme.example.evil/t' }],
  ['http', { token_endpoint: 'http://login.acme.example/token' }],
  ['a name and a password', { token_endpoint: 'https://u:p@login.acme.example/token' }],
  ['this machine', { token_endpoint: 'http://127.0.0.1:9/token' }],
  ['no S256', { code_challenge_methods_supported: ['plain'] }],
])('metadata with %s is refused, and nothing is opened or sent there', async (_name, wrong) => {
  const { requests, shown, login } = attempt(routes({ [AS_METADATA]: { body: metadata(wrong) } }));
  expect(await failureOf(login)).toMatchObject({ code: 'mcp_untrusted', exitCode: 1 });
  expect(shown).toEqual([]);
  expect(requests.every(({ url }) => url.includes('.acme.example'))).toBe(true);
  expect(requests.some(({ method, url }) => method === 'POST' && url !== MCP)).toBe(false);
});

test.each([
  ['javascript:', 'javascript:alert(1)'],
  ['file:', 'file:///etc/passwd'],
  ['shell text', '$(touch x)'],
  ['an option', '--renderer-cmd-prefix=x'],
])('a login page that is %s never reaches a browser', async (_name, address) => {
  const body = metadata({ authorization_endpoint: address });
  const { shown, login } = attempt(routes({ [AS_METADATA]: { body } }));
  expect(await failureOf(login)).toMatchObject({
    code: expect.stringMatching(/^mcp_(untrusted|metadata_invalid)$/),
  });
  expect(shown).toEqual([]);
});

test.each([
  ['of another resource', { resource: 'https://other.example/v1' }],
  ['with an authorization server by http', { authorization_servers: ['http://as.example'] }],
])('resource metadata %s is refused', async (_name, wrong) => {
  const body = { resource: MCP, authorization_servers: [AS], ...wrong };
  const { shown, login } = attempt(routes({ [RESOURCE_METADATA]: { body } }));
  expect(await failureOf(login)).toMatchObject({ code: 'mcp_untrusted' });
  expect(shown).toEqual([]);
});

test('a challenge that names metadata elsewhere is refused and not followed', async () => {
  const challenge = 'Bearer resource_metadata="https://169.254.169.254/latest/meta-data"';
  const { requests, login } = attempt(
    routes({ [`POST ${MCP}`]: { status: 401, headers: { 'www-authenticate': challenge } } }),
  );
  expect(await failureOf(login)).toMatchObject({ code: 'mcp_untrusted' });
  expect(requests).toHaveLength(1);
});

test('the scope of the challenge wins over that of the metadata', async () => {
  const challenge = 'Bearer scope="narrow"';
  await attempt(
    routes({ [`POST ${MCP}`]: { status: 401, headers: { 'www-authenticate': challenge } } }),
    serverWith(),
    (params) => {
      expect(params.get('scope')).toBe('narrow');
      return { iss: AS };
    },
  ).login;
});

test.each([
  ['403', { status: 403, body: 'no' }, 'certain names only'],
  [
    '400',
    { status: 400, body: { error: 'invalid_client_metadata', error_description: 'no\u001b[2J' } },
    'invalid_client_metadata',
  ],
  ['500', { status: 500, body: 'x'.repeat(100) }, 'HTTP 500'],
  ['no client id', { status: 201, body: {} }, 'no client_id'],
  ['a page', { status: 200, body: '<html>' }, 'no client_id'],
  ['a redirect', { status: 307, headers: { location: 'https://evil.example' } }, 'elsewhere'],
])('registration that answers %s ends the login with guidance', async (_name, reply, text) => {
  const { requests, login } = attempt(routes({ [`POST ${AS}/register`]: reply }));
  const error = await failureOf(login);
  expect(error).toMatchObject({
    code: expect.stringMatching(/^mcp_/),
    message: expect.stringContaining(text),
  });
  expect(String(error)).not.toContain('\u001b');
  expect(requests.some(({ url }) => url.includes('evil'))).toBe(false);
});

test('a server without registration needs a client in config.yaml', async () => {
  const answers = routes({
    [AS_METADATA]: { body: metadata({ registration_endpoint: undefined }) },
  });
  expect(await failureOf(attempt(answers).login)).toMatchObject({
    code: 'mcp_not_registered',
    hint: expect.stringContaining('mcp_servers.acme.oauth.client_id'),
  });
});

test('a server of before RFC 9728 and RFC 8414 is its own authorization server', async () => {
  const { login } = attempt(
    {
      [`POST ${MCP}`]: { status: 401 },
      'POST https://mcp.acme.example/register': { status: 201, body: { client_id: 'old' } },
      'POST https://mcp.acme.example/token': { body: { access_token: 'at', token_type: 'bearer' } },
    },
    serverWith(),
    (params) => {
      expect(params.has('resource')).toBe(false);
      expect(params.has('scope')).toBe(false);
      return {};
    },
  );
  expect((await login).client.id).toBe('old');
});

test('a server that answers without a login is told from one that wants one', async () => {
  const { login } = attempt({ [`POST ${MCP}`]: { body: {} } });
  expect(await failureOf(login)).toMatchObject({ code: 'mcp_no_login' });
});

test.each([404, 500, 503])('a server that answers %s cannot be used', async (status) => {
  const { login } = attempt({ [`POST ${MCP}`]: { status } });
  expect(await failureOf(login)).toMatchObject({ code: 'mcp_unreachable' });
});

test.each(['http://mcp.acme.example/v1', 'ftp://x', 'not a url', 'https://u:p@mcp.acme.example/'])(
  'the url %s is refused before anything is sent',
  async (url) => {
    const { requests, login } = attempt(routes(), serverWith({}, url));
    expect(await failureOf(login)).toMatchObject({ code: 'mcp_untrusted' });
    expect(requests).toEqual([]);
  },
);

test('tokens that no header takes are refused, and nothing of them is told', async () => {
  const { login } = attempt(
    routes({
      [`POST ${AS}/token`]: { body: { access_token: 'line\nbreak', token_type: 'bearer' } },
    }),
  );
  const error = await failureOf(login);
  expect(error).toMatchObject({ code: 'login_failed' });
  expect(String(error)).not.toContain('line');
});
