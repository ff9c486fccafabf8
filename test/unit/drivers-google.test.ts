import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findGeminiClient } from '../../src/providers/drivers/gemini-client.ts';
import { google } from '../../src/providers/drivers/google.ts';
import type { Announcement } from '../../src/providers/oauth.ts';
import { type GoogleOptions, type GoogleSim, googleSim } from '../internet/google.ts';
import { startInternet } from '../internet/internet.ts';
import { reset, wrongJson } from '../internet/misbehave.ts';
import { failureOf, testLogin } from '../support/login.ts';

const SECRET = `GOCSPX-${'t'.repeat(28)}`;
const ENV = { HERMES_GEMINI_CLIENT_SECRET: SECRET };

function agreeing(sim: GoogleSim) {
  return async (announcement: Announcement) => {
    if (announcement.kind === 'browser')
      await (await fetch(sim.authorize(announcement.url))).text();
    return undefined;
  };
}

async function login(options: Partial<GoogleOptions>, env: Record<string, string> = {}) {
  const sim = googleSim({ clientSecret: SECRET, ...options });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context, shown, clock } = testLogin(internet, {
    env: { ...ENV, ...env },
    person: agreeing(sim),
  });
  const grant = await google.login(context);
  return { grant, shown, clock, requests: internet.requests, sim };
}

test('a free account is set up, and its project is managed', async () => {
  const { grant, clock, shown, requests } = await login({ project: 'assigned-1' });
  expect(grant).toMatchObject({
    account: 'alice@example.com',
    facts: {
      email: 'alice@example.com',
      project_id: 'assigned-1',
      managed_project_id: 'assigned-1',
    },
  });
  expect(clock.slept).toEqual([5000]);
  expect(shown).toMatchObject([{ kind: 'browser', pastes: 'redirect_url' }]);
  expect(requests.map(({ path }) => path)).toEqual([
    '/token',
    '/oauth2/v1/userinfo',
    '/v1internal:loadCodeAssist',
    '/v1internal:onboardUser',
    '/v1internal/operations/onboard.1',
  ]);
});

test('an account with a tier keeps its project', async () => {
  const { grant } = await login({ tier: 'standard-tier', project: 'own-2' });
  expect(grant.facts).toMatchObject({ project_id: 'own-2', managed_project_id: '' });
});

test('a project in an object is read too', async () => {
  const { grant } = await login({ project: 'assigned-3', projectAsObject: true });
  expect(grant.facts).toMatchObject({ project_id: 'assigned-3' });
});

test('a variable names the project, and Code Assist is not asked', async () => {
  const { grant, requests } = await login({}, { GOOGLE_CLOUD_PROJECT: 'mine-4' });
  expect(grant.facts).toMatchObject({ project_id: 'mine-4', managed_project_id: '' });
  expect(requests).toHaveLength(2);
});

test('the next endpoint is asked when one is down', async () => {
  const { grant } = await login({
    tier: 'free-tier',
    project: 'p-5',
    down: ['cloudcode-pa.googleapis.com'],
  });
  expect(grant.facts).toMatchObject({ project_id: 'p-5', managed_project_id: 'p-5' });
});

test.each([
  ['a plan that needs a project', { offers: 'standard-tier' }, 'needs a project'],
  [
    'all endpoints down',
    {
      down: [
        'cloudcode-pa.googleapis.com',
        'daily-cloudcode-pa.sandbox.googleapis.com',
        'autopush-cloudcode-pa.sandbox.googleapis.com',
      ],
    },
    'does not answer',
  ],
  ['an operation without an end', { operationPolls: 1000 }, 'still setting'],
])('%s is said, and the login stands', async (_name, options, why) => {
  const { grant, shown } = await login(options);
  expect(grant.facts).toEqual({ email: 'alice@example.com' });
  expect(shown.at(-1)).toMatchObject({ kind: 'note', text: expect.stringContaining(why) });
});

test.each([
  ['load', wrongJson],
  ['load', reset],
  ['onboard', { status: 403, body: { error: { code: 403, status: 'PERMISSION_DENIED' } } }],
  ['onboard', { body: { name: '../../token', done: false } }],
  ['operation', reset],
] as const)('trouble at %s costs no login (%#)', async (endpoint, reply) => {
  const sim = googleSim({ clientSecret: SECRET, project: 'p' });
  sim.detours.next(endpoint, reply, reply, reply);
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, { env: ENV, person: agreeing(sim) });
  expect(await google.login(context)).toMatchObject({ account: 'alice@example.com' });
});

test('an organisation that hides its tier counts as standard', async () => {
  const sim = googleSim({ clientSecret: SECRET });
  sim.detours.next('load', {
    status: 403,
    body: { error: { code: 403, details: [{ reason: 'SECURITY_POLICY_VIOLATED' }] } },
  });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, { env: ENV, person: agreeing(sim) });
  expect((await google.login(context)).facts).toMatchObject({ project_id: '' });
});

test('without user info there is no account', async () => {
  const sim = googleSim({ clientSecret: SECRET, tier: 'free-tier', project: 'p' });
  sim.detours.next('userinfo', wrongJson);
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, { env: ENV, person: agreeing(sim) });
  expect(await google.login(context)).toMatchObject({ account: undefined });
});

test('a refresh can be repeated and keeps the token', async () => {
  const sim = googleSim({ clientSecret: SECRET, tier: 'free-tier', project: 'p' });
  await using internet = await startInternet({ hosts: sim.hosts });
  const { context } = testLogin(internet, { env: ENV, person: agreeing(sim) });
  const grant = await google.login(context);
  for (let i = 0; i < 2; i++) {
    const result = await google.refresh(context, grant);
    if (!('grant' in result)) throw new Error('no grant');
    expect(result.grant.refreshToken).toBe(grant.refreshToken);
    expect(result.grant).toMatchObject({ account: grant.account, facts: grant.facts });
  }
  const wrong = testLogin(internet, { env: { HERMES_GEMINI_CLIENT_SECRET: 'GOCSPX-wrong' } });
  expect(await google.refresh(wrong.context, grant)).toMatchObject({
    failure: { kind: 'retry', reason: 'invalid_client' },
  });
  sim.tokens.revoke(grant.refreshToken?.reveal() ?? '');
  expect(await google.refresh(context, grant)).toMatchObject({
    failure: { kind: 'dead', reason: 'invalid_grant' },
  });
});

const root = mkdtempSync(join(tmpdir(), 'gormes-gemini-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** An installed Gemini CLI: a link on the PATH to a file in a package. */
function installed(name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(root, name);
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  symlinkSync(join(dir, 'lib/node_modules/@google/gemini-cli/dist/index.js'), join(bin, 'gemini'));
  return bin;
}

const SOURCE = `const OAUTH_CLIENT_ID = '681255809395-other.apps.googleusercontent.com';
const OAUTH_CLIENT_SECRET = '${SECRET}';`;
const CLI = 'lib/node_modules/@google/gemini-cli';
const OAUTH2 = 'dist/src/code_assist/oauth2.js';

test.each([
  ['nested', `${CLI}/node_modules/@google/gemini-cli-core/${OAUTH2}`],
  ['beside', `lib/node_modules/@google/gemini-cli-core/${OAUTH2}`],
  ['in a bundle', `${CLI}/bundle/gemini.js`],
])('the client of an installed Gemini CLI: %s', async (name, file) => {
  const bin = installed(name, { [`${CLI}/dist/index.js`]: '', [file]: SOURCE });
  const client = await findGeminiClient((v) => (v === 'PATH' ? `/nowhere:.:${bin}` : undefined));
  expect(client.id).toBe('681255809395-other.apps.googleusercontent.com');
  expect(client.secret.reveal()).toBe(SECRET);
});

test.each([
  ['nothing installed', {}, 'install the Gemini CLI'],
  ['an id without its secret', { HERMES_GEMINI_CLIENT_ID: 'x' }, 'the secret of that client'],
])('%s is an error with a way out', async (_name, env: Record<string, string>, hint) => {
  const { context } = testLogin(undefined, { env });
  expect(await failureOf(google.login(context))).toMatchObject({
    code: 'google_client_secret_missing',
    hint: expect.stringContaining(hint),
  });
});
