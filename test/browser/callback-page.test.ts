import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrowserAnswer, browserLogin } from '../../src/providers/flows/browser-login.ts';
import { failureOf, testLogin } from '../support/login.ts';

// The page at which a login ends, in Debian's Chromium.

const IMAGES = join(import.meta.dirname, '../../docs/images');

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(() => browser?.close());

/** A login that waits, and the address that the browser has to come back to. */
async function waiting(exchange: (answer: BrowserAnswer) => Promise<string>) {
  let announced: (url: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => {
    announced = resolve;
  });
  const { context } = testLogin(undefined, {
    canPaste: false,
    person: (a) => {
      if (a.kind === 'browser') announced(a.url);
      return undefined;
    },
  });
  const done = browserLogin(
    context,
    {
      provider: 'Spotify',
      authorizeUrl: 'https://as.example/authorize',
      parameters: {},
      redirect: { kind: 'loopback', host: '127.0.0.1', port: 0, path: '/callback', anyPort: true },
      paste: 'redirect_url',
    },
    exchange,
  );
  done.catch(() => undefined); // awaited by the test
  const { searchParams } = new URL(await url);
  return {
    done,
    redirect: (parameters: Record<string, string>) => {
      const query = new URLSearchParams({ state: searchParams.get('state') ?? '', ...parameters });
      return `${searchParams.get('redirect_uri')}?${query}`;
    },
  };
}

/** What the page shows, what it asked for, and what the browser has to say about it. */
async function visit(address: string, scheme: 'light' | 'dark', image?: string) {
  const page: Page = await browser.newPage({
    viewport: { width: 720, height: 480 },
    colorScheme: scheme,
  });
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(address);
  const seen = {
    title: await page.title(),
    heading: await page.locator('h1').textContent(),
    text: (await page.locator('main').textContent()) ?? '',
    // As text: the types of a page are not those of this program.
    tone: await page.evaluate<string>(
      'getComputedStyle(document.querySelector("main")).borderTopColor',
    ),
    ground: await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'),
    fits: await page.evaluate<boolean>(`(({ scrollWidth, scrollHeight }) =>
      scrollWidth <= innerWidth && scrollHeight <= innerHeight)(document.documentElement)`),
    scripts: await page.evaluate<number>('document.scripts.length'),
    complaints,
    asked,
  };
  if (image !== undefined && process.env.GORMES_SCREENSHOTS === '1') {
    mkdirSync(IMAGES, { recursive: true });
    await page.screenshot({ path: join(IMAGES, image) });
  }
  await page.close();
  return seen;
}

test.each([
  ['light', 'rgb(244, 245, 242)', 'rgb(29, 122, 76)'],
  ['dark', 'rgb(19, 22, 20)', 'rgb(92, 196, 141)'],
] as const)('success, %s', async (scheme, ground, tone) => {
  const { done, redirect } = await waiting(async () => 'grant');
  const address = redirect({ code: 'abc' });
  const seen = await visit(address, scheme, `login-success-${scheme}.png`);
  expect(seen).toMatchObject({
    title: 'Logged in to Spotify · gormes',
    heading: 'Logged in to Spotify',
    text: expect.stringContaining('You can close this tab.'),
    ground,
    tone, // the policy lets the style through
    fits: true,
    scripts: 0,
    asked: [address],
  });
  // Chromium asks for an icon when the port is closed already, or is told that there is none.
  expect(seen.complaints.filter((text) => !/favicon|Failed to load resource/.test(text))).toEqual(
    [],
  );
  expect(await done).toBe('grant');
});

test.each(['light', 'dark'] as const)('error, %s', async (scheme) => {
  const { done, redirect } = await waiting(async () => 'grant');
  const why = 'The app is not allowed for this account';
  const address = redirect({ error: 'access_denied', error_description: why });
  const seen = await visit(address, scheme, `login-error-${scheme}.png`);
  expect(seen).toMatchObject({
    title: 'Not logged in to Spotify · gormes',
    text: expect.stringContaining(`Spotify denied the login (${why})`),
    fits: true,
    asked: [address],
  });
  expect(await failureOf(done)).toMatchObject({ code: 'login_denied' });
});

test('the text of a server stays text', async () => {
  const { done, redirect } = await waiting(async () => 'grant');
  const why =
    '<img src="https://evil.example/x.png"><script>document.title="evil"</script> no plan';
  const address = redirect({ error: 'access_denied', error_description: why });
  const seen = await visit(address, 'light');
  expect(seen).toMatchObject({
    title: 'Not logged in to Spotify · gormes',
    text: expect.stringContaining('<script>document.title="evil"</script> no plan'),
    scripts: 0,
    asked: [address],
  });
  expect(await failureOf(done)).toMatchObject({ code: 'login_denied' });
});

test('a request of another page does not end the login, nor show in it', async () => {
  const { done, redirect } = await waiting(async () => 'grant');
  const stranger = redirect({ code: 'evil', state: 'evil' });
  const seen = await visit(stranger, 'light');
  expect(seen.heading).toBe('Not part of this login');
  expect(seen.text).not.toContain('evil');
  await visit(redirect({ code: 'abc' }), 'light');
  expect(await done).toBe('grant');
});

test('a page elsewhere cannot read the answer', async () => {
  const { done, redirect } = await waiting(async () => 'grant');
  const page = await browser.newPage();
  await page.route('https://evil.example/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>evil</title>' }),
  );
  await page.goto('https://evil.example/');
  const read = await page.evaluate(
    (url) =>
      fetch(url)
        .then((reply) => reply.text())
        .catch(() => 'refused'),
    redirect({ code: 'evil', state: 'evil' }),
  );
  expect(read).toBe('refused');
  await page.close();
  await visit(redirect({ code: 'abc' }), 'light');
  expect(await done).toBe('grant');
});
