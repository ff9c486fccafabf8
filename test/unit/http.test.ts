import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HttpReply, HttpRequest } from '../../src/base/deps.ts';
import { GormesError } from '../../src/base/errors.ts';
import { createHttp } from '../../src/base/http.ts';
import { NetworkError } from '../../src/base/network-error.ts';
import { type Hosts, type Internet, startInternet } from '../internet/internet.ts';
import {
  bigHeaders,
  drip,
  endless,
  gzipBomb,
  redirect,
  reset,
  silence,
  truncated,
} from '../internet/misbehave.ts';
import type { SimReply } from '../internet/simulator.ts';

const HOST = 'api.example.com';
const URL_ = `https://${HOST}/v1/models`;
const SECRET = 'sk-or-v1-0123456789abcdef0123456789abcdef';

function client(internet: Internet, options: { insecure?: boolean } = {}) {
  return createHttp({
    env: internet.env,
    userAgent: 'gormes/0.0.0',
    caBundle: internet.authority.file,
    ...options,
  });
}

async function serving(reply: SimReply): Promise<Internet> {
  return startInternet({ hosts: { [HOST]: () => reply } });
}

/** The error of a request that must fail; everything of it that could be printed must be harmless. */
async function failure(promise: Promise<HttpReply>): Promise<NetworkError> {
  const error = await promise.then(
    (reply) => new Error(`it answered ${reply.status}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NetworkError);
  if (!(error instanceof NetworkError)) throw error;
  expect(`${error.stack} ${error.hint} ${JSON.stringify(error)}`).not.toContain(
    SECRET.slice(10, 22),
  );
  expect(error.cause).toBeUndefined();
  return error;
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const post: HttpRequest = {
  method: 'POST',
  url: URL_,
  headers: { authorization: `Bearer ${SECRET}` },
  body: `refresh_token=${SECRET}`,
};

test('a request goes through the proxy with its own headers and the agent of gormes', async () => {
  await using internet = await startInternet({
    hosts: { [HOST]: () => ({ status: 201, headers: { 'x-a': 'b' }, body: { ok: 'é' } }) },
  });
  const reply = await client(internet)({ ...post, url: `${URL_}?a=b` });
  expect(reply).toMatchObject({ status: 201, headers: { 'x-a': 'b' }, body: '{"ok":"é"}' });
  expect(internet.requests).toHaveLength(1);
  expect(internet.requests[0]).toMatchObject({
    host: HOST,
    method: 'POST',
    path: '/v1/models',
    body: post.body,
  });
  expect(internet.requests[0]?.headers).toMatchObject({
    'user-agent': 'gormes/0.0.0',
    authorization: `Bearer ${SECRET}`,
  });
  expect(internet.requests[0]?.query.get('a')).toBe('b');
});

test('a user agent of the request wins, whatever its case', async () => {
  await using internet = await serving({ body: {} });
  await client(internet)({ method: 'GET', url: URL_, headers: { 'User-Agent': 'other/1' } });
  expect(internet.requests[0]?.headers['user-agent']).toBe('other/1');
});

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) comes back and nothing goes on',
  async (status) => {
    await using internet = await startInternet({
      hosts: {
        [HOST]: () => redirect(status, 'https://evil.example/take'),
        'evil.example': () => ({}),
      },
    });
    const reply = await client(internet)(post);
    expect(reply.status).toBe(status);
    expect(reply.headers.location).toBe('https://evil.example/take');
    expect(internet.connects).toEqual([HOST]);
  },
);

test.each([
  ['silence', silence],
  ['a body that drips', drip],
])('one deadline ends %s', async (_name, reply) => {
  await using internet = await serving(reply);
  const error = await failure(client(internet)({ ...post, timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'network_timeout', why: 'timeout', maybeSent: true });
  expect(error.message).toBe(`no answer from ${HOST}: nothing within 0.3 s`);
});

test.each([
  ['an endless body', endless, 'oversize'],
  ['a gzip bomb', gzipBomb(200), 'oversize'],
  ['headers without measure', bigHeaders(20 * 1024), 'malformed'],
  ['a cut connection', reset, 'reset'],
  ['a body that is cut short', truncated('{"access_token":'), 'reset'],
  ['gzip that is none', { headers: { 'content-encoding': 'gzip' }, body: SECRET }, 'malformed'],
  ['an unknown encoding', { headers: { 'content-encoding': 'x-rot' }, body: SECRET }, 'malformed'],
])('%s is a failure', async (_name, reply, why) => {
  await using internet = await serving(reply);
  const error = await failure(client(internet)(post));
  expect(error).toMatchObject({ code: 'network_failed', host: HOST, why, maybeSent: true });
});

test('a bomb costs no memory', async () => {
  await using internet = await serving(gzipBomb(200));
  const before = process.memoryUsage().rss;
  await failure(client(internet)(post));
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
});

test('what a server packs comes out as it was', async () => {
  const { brotliCompressSync, deflateSync, gzipSync } = await import('node:zlib');
  for (const [encoding, body] of [
    ['gzip', gzipSync('text é')],
    ['deflate', deflateSync('text é')],
    ['br', brotliCompressSync('text é')],
    ['identity', Buffer.from('text é')],
  ] as const) {
    await using internet = await serving({ headers: { 'content-encoding': encoding }, body });
    expect((await client(internet)(post)).body).toBe('text é');
  }
});

test.each(['expired', 'self-signed', 'wrong-host'] as const)(
  'a certificate that is %s ends it before anything is sent',
  async (certificate) => {
    await using internet = await startInternet({
      hosts: { [HOST]: { handle: () => ({}), certificate } },
    });
    const error = await failure(client(internet)(post));
    expect(error).toMatchObject({ code: 'network_failed', why: 'tls', maybeSent: false });
    expect(internet.requests).toEqual([]);
    expect((await client(internet, { insecure: true })(post)).status).toBe(200);
  },
);

test('without the certificate of the authority nothing is sent', async () => {
  await using internet = await serving({ body: {} });
  const http = createHttp({ env: internet.env, userAgent: 'gormes/0.0.0' });
  expect(await failure(http(post))).toMatchObject({ why: 'tls', maybeSent: false });
  expect(internet.requests).toEqual([]);
});

test.each([407, 502, 'reset'] as const)(
  'a proxy that refuses (%s) is named as such',
  async (tunnel) => {
    await using internet = await startInternet({
      hosts: { [HOST]: { handle: () => ({}), tunnel } },
    });
    const error = await failure(client(internet)(post));
    expect(error).toMatchObject({ code: 'network_failed', why: 'proxy', maybeSent: false });
  },
);

test('a proxy that is away is named as such', async () => {
  const http = createHttp({ env: { HTTPS_PROXY: 'http://127.0.0.1:9' }, userAgent: 'g/0' });
  expect(await failure(http(post))).toMatchObject({ why: 'proxy', maybeSent: false });
});

test.each([
  ['DNS', 'https://no-such-host.invalid/', 'dns'],
  ['a closed port', 'http://127.0.0.1:9/', 'refused'],
])('%s is named', async (_name, url, why) => {
  const http = createHttp({ env: {}, userAgent: 'g/0' });
  expect(await failure(http({ method: 'GET', url }))).toMatchObject({ why, maybeSent: false });
});

test('a server that does not speak HTTP is named', async () => {
  const server = createTcp((socket) => {
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9\r\n'));
  });
  const url = `http://127.0.0.1:${await portOf(server)}/`;
  const error = await failure(createHttp({ env: {}, userAgent: 'g/0' })({ method: 'GET', url }));
  expect(error).toMatchObject({ why: 'malformed', maybeSent: true });
  server.close();
});

test('this machine itself is never asked for by proxy', async () => {
  const server = createServer((_request, response) => response.end('local'));
  const url = `http://127.0.0.1:${await portOf(server)}/`;
  const http = createHttp({ env: { HTTP_PROXY: 'http://127.0.0.1:9' }, userAgent: 'g/0' });
  expect((await http({ method: 'GET', url })).body).toBe('local');
  server.close();
});

test.each(['no-such-host.invalid', 'invalid', '*'])('NO_PROXY=%s is heeded', async (noProxy) => {
  await using internet = await startInternet({ hosts: {} });
  const http = createHttp({
    env: { ...internet.env, NO_PROXY: noProxy },
    userAgent: 'g/0',
  });
  const error = await failure(http({ method: 'GET', url: 'https://no-such-host.invalid/' }));
  expect(error.why).toBe('dns');
  expect(internet.connects).toEqual([]);
});

test('an abort ends the request at once, and its reason is what is thrown', async () => {
  await using internet = await serving(silence);
  const stop = new AbortController();
  const pending = client(internet)({ ...post, signal: stop.signal });
  await expect.poll(() => internet.requests.length).toBe(1);
  const reason = new Error('Ctrl-C');
  stop.abort(reason);
  await expect(pending).rejects.toBe(reason);
  await expect(client(internet)({ ...post, signal: stop.signal })).rejects.toBe(reason);
});

test.each(['https', 'https through a proxy'])(
  'an abort ends a connection in the making: %s',
  async (how) => {
    const server = createTcp(() => undefined); // takes the connection, never speaks
    const port = await portOf(server);
    const env = how === 'https' ? {} : { HTTPS_PROXY: `127.0.0.1:${port}` };
    const url = how === 'https' ? `https://127.0.0.1:${port}/` : URL_;
    const stop = new AbortController();
    server.once('connection', () => stop.abort(new Error('Ctrl-C')));
    const pending = createHttp({ env, userAgent: 'g/0' })({
      method: 'GET',
      url,
      signal: stop.signal,
    });
    await expect(pending).rejects.toThrow('Ctrl-C');
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_e, n) => resolve(n))))
      .toBe(0);
    server.close();
  },
);

test('a line break in a credential is refused before anything is sent', async () => {
  await using internet = await serving({ body: {} });
  const headers = { authorization: `Bearer ${SECRET}\r\nx-evil: 1` };
  const error = await failure(client(internet)({ ...post, headers }));
  expect(error).toMatchObject({ why: 'unsendable', maybeSent: false });
  expect(internet.requests).toEqual([]);
});

test('an unknown host fails the test that asked for it', async () => {
  const internet = await startInternet({ hosts: {} });
  await failure(client(internet)(post));
  expect(internet.takeProblems()).toEqual([`nobody serves ${HOST}:443`]);
  await failure(client(internet)(post));
  await expect(internet[Symbol.asyncDispose]()).rejects.toThrow(`nobody serves ${HOST}:443`);
});

test('a simulator that is not content fails the test', async () => {
  const hosts: Hosts = {
    [HOST]: {
      handle: () => {
        throw new Error('expected something else');
      },
      missing: () => ['a visit'],
    },
  };
  const internet = await startInternet({ hosts });
  expect((await client(internet)(post)).status).toBe(500);
  await expect(internet[Symbol.asyncDispose]()).rejects.toThrow(
    /something else.*never got a visit/,
  );
});

test.each([
  ['a proxy variable that is no URL', { env: { HTTPS_PROXY: 'http://a b' } }, 'proxy_invalid'],
  ['a SOCKS proxy', { env: { HTTPS_PROXY: 'socks5://127.0.0.1:1' } }, 'proxy_invalid'],
  ['a CA bundle that is away', { env: {}, caBundle: '/nowhere.pem' }, 'ca_bundle_unreadable'],
])('%s is refused', async (_name, options, code) => {
  const http = createHttp({ userAgent: 'g/0', ...options });
  const error = await http(post).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GormesError);
  expect(error).toMatchObject({ code });
});

test('a CA bundle adds to NODE_EXTRA_CA_CERTS', async () => {
  await using internet = await serving({ body: {} });
  await using other = await serving({ body: {} });
  const http = createHttp({
    env: internet.env,
    userAgent: 'g/0',
    caBundle: other.authority.file,
  });
  expect((await http(post)).status).toBe(200);
});

test('a CA bundle without a certificate is refused', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-http-'));
  writeFileSync(join(dir, 'empty.pem'), 'not a certificate');
  const http = createHttp({ env: {}, userAgent: 'g/0', caBundle: join(dir, 'empty.pem') });
  await expect(http(post)).rejects.toMatchObject({ code: 'ca_bundle_unreadable' });
  rmSync(dir, { recursive: true });
});

test.each(['cloudcode-pa://google', 'file:///etc/passwd', '', 'https://user:p w@'])(
  'what is no http URL is refused unseen: %j',
  async (url) => {
    const http = createHttp({ env: {}, userAgent: 'g/0' });
    const error = await http({ method: 'GET', url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'url_invalid' });
  },
);
