import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { type BrowserAnswer, browserLogin } from '../../src/providers/flows/browser-login.ts';
import { findPortOwner, listeningInodes } from '../../src/providers/flows/port-owner.ts';
import type { Announcement } from '../../src/providers/oauth.ts';
import { failureOf, fakeClock, type LoginSetup, testLogin } from '../support/login.ts';

const LOGIN = {
  provider: 'Example',
  authorizeUrl: 'https://as.example/authorize',
  parameters: { client_id: 'c', response_type: 'code' },
  redirect: { kind: 'loopback', host: '127.0.0.1', port: 0, path: '/callback', anyPort: true },
  paste: 'redirect_url',
} as const;

/** A login that waits for its callback. */
async function waiting(
  setup: LoginSetup = {},
  exchange: (answer: BrowserAnswer) => Promise<string> = async ({ params }) =>
    `grant for ${params.get('code')}`,
) {
  let announced: (a: Announcement) => void = () => undefined;
  const seen = new Promise<Announcement>((resolve) => {
    announced = resolve;
  });
  const { context, shown } = testLogin(undefined, {
    ...setup,
    person: (a) => {
      announced(a);
      return setup.person?.(a);
    },
  });
  const done = browserLogin(context, LOGIN, exchange);
  done.catch(() => undefined); // awaited by the test
  const announcement = await Promise.race([seen, done.then(() => undefined)]);
  if (announcement?.kind !== 'browser') throw new Error('no browser login');
  const url = new URL(announcement.url);
  const state = url.searchParams.get('state') ?? '';
  const port = announcement.port ?? 0;
  return { done, url, state, port, shown, base: `http://127.0.0.1:${port}/callback` };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** One request, with any method, path and Host. */
function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      reply.on('end', () =>
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('the verifier is not the state and shows in no URL', async () => {
  let answer: BrowserAnswer | undefined;
  const { done, base, state, url } = await waiting({}, async (given) => {
    answer = given;
    return 'grant';
  });
  await fetch(`${base}?code=abc&state=${state}`);
  expect(await done).toBe('grant');
  const verifier = answer?.verifier.reveal() ?? '';
  expect(verifier).toMatch(/^[\w-]{43}$/);
  expect(state).toMatch(/^[\w-]{43}$/);
  expect(url.href).not.toContain(verifier);
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  expect(answer?.redirectUri).toBe(base);
});

test('a thousand wrong callbacks change nothing, and the right one ends it', async () => {
  let exchanges = 0;
  const { done, port, state } = await waiting({}, async ({ params }) => {
    exchanges += 1;
    return params.get('code') ?? '';
  });
  const wrong = (n: number): string => {
    const forms = [
      '',
      'code=evil',
      'error=access_denied',
      'error=access_denied&error_description=<script>alert(1)</script>',
      'code=evil&state=',
      `code=evil&state=${'x'.repeat(43)}`,
      `code=evil&state=${state.slice(0, -1)}`,
      `code=evil&state=${state}x`,
      `code=evil&state=${state}&state=${state}`,
      `code=evil&state=x&state=${state}`,
      `code=evil&STATE=${state}`,
      `code=evil&state=${state.toUpperCase()}`,
      `code=&state=${state}`,
      `state=${state}`,
      `code=a&code=b&state=${state}`,
      `code=${encodeURIComponent('a\r\nb')}&state=${state}`,
      `code=evil&state[]=${state}`,
      `code=evil#state=${state}`,
      `code=evil&state=${'%00'}${state}`,
      `code=evil&n=${n}`,
    ];
    return `/callback?${forms[n % forms.length]}`;
  };
  for (let from = 0; from < 1000; from += 50) {
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask(port, wrong(from + i))),
    );
    for (const { status, body, headers } of replies) {
      expect(status).toBe(400);
      expect(body).not.toMatch(/evil|script|alert|access_denied/);
      expect(body).not.toContain(state.slice(0, 12));
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  }
  expect(exchanges).toBe(0);
  expect((await ask(port, `/callback?code=right&state=${state}`)).status).toBe(200);
  expect(await done).toBe('right');
  expect(exchanges).toBe(1);
});

test.each([
  ['POST', '/callback', {}, 405],
  ['HEAD', '/callback', {}, 405],
  ['OPTIONS', '/callback', { origin: 'https://evil.example' }, 405],
  ['GET', '/', {}, 404],
  ['GET', '/callback/x', {}, 404],
  ['GET', '/callback/../callback', {}, 404],
  ['GET', '/%63allback', {}, 404],
  ['GET', '/favicon.ico', {}, 404],
  ['GET', '/callback', { host: 'evil.example' }, 403],
  ['GET', '/callback', { host: 'localhost.evil.example' }, 403],
  ['GET', '/callback', { host: '127.0.0.1' }, 403],
  ['GET', '/callback', { host: '127.0.0.1.evil.example' }, 403],
])('%s %s with %j gets %i, even with the right state', async (method, path, headers, status) => {
  const { done, port, state, base } = await waiting();
  const query = `?code=evil&state=${state}`;
  const named =
    'host' in headers && headers.host?.includes('evil') ? `${headers.host}:${port}` : undefined;
  const reply = await ask(port, path + query, {
    method,
    headers: { ...headers, ...(named ? { host: named } : {}) },
  });
  expect(reply.status).toBe(status);
  expect(reply.headers).toMatchObject({
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  expect(reply.body).not.toContain('evil');
  await fetch(`${base}?code=right&state=${state}`);
  expect(await done).toBe('grant for right');
});

test('a request without Host, or with too long a query, is refused', async () => {
  const { done, port, state, base } = await waiting();
  const bare = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.end(`GET /callback?code=evil&state=${state} HTTP/1.0\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.on('close', () => resolve(text));
  });
  expect(bare).toMatch(/^HTTP\/1\.1 403 /);
  const long = await ask(port, `/callback?state=${state}&code=${'x'.repeat(20_000)}`);
  expect(long.status).toBe(431);
  await fetch(`${base}?code=right&state=${state}`);
  expect(await done).toBe('grant for right');
});

test('an error with the right state ends it, its text escaped on the page and in the message', async () => {
  const { done, base, state } = await waiting();
  const query = new URLSearchParams({
    error: 'access_denied',
    error_description: '<img src=x onerror=alert(1)>\u001b[31m no',
    state,
  });
  const page = await (await fetch(`${base}?${query}`)).text();
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;\\x1b[31m no');
  expect(page).not.toContain('<img');
  expect(await failureOf(done)).toMatchObject({
    code: 'login_denied',
    message: 'Example denied the login (<img src=x onerror=alert(1)>\\x1b[31m no)',
  });
});

test('two right callbacks cause one exchange, and the second page says so', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let exchanges = 0;
  const { done, base, state } = await waiting({}, async () => {
    exchanges += 1;
    await held;
    return 'grant';
  });
  const first = fetch(`${base}?code=one&state=${state}`);
  await expect.poll(() => exchanges).toBe(1);
  const second = await fetch(`${base}?code=two&state=${state}`);
  expect(second.status).toBe(409);
  expect(await second.text()).toContain('already used');
  release();
  expect((await first).status).toBe(200);
  expect(await done).toBe('grant');
  expect(exchanges).toBe(1);
  // Over means over: the port is closed.
  await expect(fetch(`${base}?code=one&state=${state}`)).rejects.toThrow();
});

test('a failed exchange shows on the page, without the text of a bug', async () => {
  const { done, base, state } = await waiting({}, async () => {
    throw new Error('secret inside');
  });
  const page = await fetch(`${base}?code=one&state=${state}`);
  expect(page.status).toBe(400);
  expect(await page.text()).not.toContain('secret inside');
  expect(String(await failureOf(done))).toContain('secret inside');
});

test('200 idle connections and 2,000 requests do not keep the right one out, nor the end', async () => {
  const { done, port, base, state } = await waiting();
  const idle: Socket[] = [];
  const open = new Set<Socket>();
  for (let i = 0; i < 200; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.on('close', () => open.delete(socket));
    open.add(socket);
    idle.push(socket);
    if (i % 2) socket.write('GET /callback HTTP/1.1\r\nHost: 127.0.0.1');
  }
  await expect.poll(() => open.size).toBe(64);
  for (let from = 0; from < 2000; from += 40) {
    await Promise.all(Array.from({ length: 40 }, () => ask(port, '/callback?code=evil')));
  }
  const reply = await fetch(`${base}?code=right&state=${state}`);
  expect(reply.status).toBe(200);
  expect(await done).toBe('grant for right');
  await expect.poll(() => open.size).toBe(0); // they were idle, and did not hold up the end
  for (const socket of idle) socket.destroy();
});

test('the port is not open on other addresses of this machine', async () => {
  const { done, port, base, state } = await waiting();
  const others = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  for (const address of [...others, '127.0.0.2']) {
    const refused = await new Promise((resolve) => {
      const socket = connect(port, address, () => resolve('open'));
      socket.on('error', (error) => resolve('code' in error ? error.code : 'error'));
    });
    expect(refused).toBe('ECONNREFUSED');
  }
  await fetch(`${base}?code=right&state=${state}`);
  await done;
});

test('ten minutes are the limit', async () => {
  const clock = fakeClock({ endless: Number.POSITIVE_INFINITY });
  const { context } = testLogin(undefined, { clock });
  expect(await failureOf(browserLogin(context, LOGIN, async () => 'grant'))).toMatchObject({
    code: 'login_expired',
  });
  expect(clock.slept).toEqual([600_000]);
});

test('Ctrl-C ends the wait with its reason and closes the port', async () => {
  const stop = new AbortController();
  const { done, base } = await waiting({ signal: stop.signal });
  const reason = new Error('Ctrl-C');
  stop.abort(reason);
  expect(await failureOf(done)).toBe(reason);
  await expect(fetch(base)).rejects.toThrow();
});

test('a paste that is cancelled ends the login, and the callback ends the prompt', async () => {
  const cancel = new Error('cancelled');
  const { context } = testLogin(undefined);
  const cancelled = browserLogin(
    { ...context, paste: async () => Promise.reject(cancel) },
    LOGIN,
    async () => 'grant',
  );
  expect(await failureOf(cancelled)).toBe(cancel);

  let prompt: AbortSignal | undefined;
  let opened: (url: string) => void = () => undefined;
  const shown = new Promise<string>((resolve) => {
    opened = resolve;
  });
  const listening = browserLogin(
    {
      ...context,
      show: (a) => a.kind === 'browser' && opened(a.url),
      paste: (signal) => {
        prompt = signal;
        return new Promise(() => undefined);
      },
    },
    LOGIN,
    async () => 'grant',
  );
  const url = new URL(await shown);
  const redirect = url.searchParams.get('redirect_uri');
  await fetch(`${redirect}?code=a&state=${url.searchParams.get('state')}`);
  expect(await listening).toBe('grant');
  expect(prompt?.aborted).toBe(true);
});

test('a paste of another login is said, and the right one after it counts', async () => {
  const state = 's'.repeat(43);
  const { context, shown } = testLogin(undefined, {
    person: (a) => {
      if (a.kind === 'browser') return `http://127.0.0.1:1/callback?code=evil&state=${state}`;
      const [first] = shown;
      if (first?.kind !== 'browser') return undefined;
      const right = new URL(first.url).searchParams.get('state');
      return `http://127.0.0.1:1/callback?code=right&state=${right}`;
    },
  });
  const code = await browserLogin(context, LOGIN, async ({ params }) => params.get('code'));
  expect(code).toBe('right');
  expect(shown).toMatchObject([
    { kind: 'browser' },
    { kind: 'note', text: expect.stringContaining('state mismatch') },
  ]);
});

test('who listens on a port', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const owner = await findPortOwner(port);
  await new Promise((resolve) => server.close(resolve));
  if (process.platform === 'linux') expect(owner?.pid).toBe(process.pid);
  else expect(owner).toBeUndefined();
  expect(await findPortOwner(port)).toBeUndefined();
});

test('a table of the kernel is read by state and local port', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:AB33 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
   1: 0100007F:0050 0100007F:AB33 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 100 0 0 10 0
   2: 0100007F:AB33 0100007F:0050 01 00000000:00000000 00:00000000 00000000  1000        0 4713 1 0 100 0 0 10 0`;
  expect(listeningInodes(table, 43_827)).toEqual(['4711']);
  expect(listeningInodes(table, 80)).toEqual([]);
  expect(listeningInodes('', 80)).toEqual([]);
});
