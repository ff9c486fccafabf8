import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/base/json.ts';
import { codexSim } from '../internet/codex.ts';
import { type Internet, startInternet } from '../internet/internet.ts';
import { fakeJwt } from '../internet/xai.ts';
import { buildScript } from '../support/build-script.ts';

// Real processes on one home: the promise of design §10 is between processes, Hermes included.

let script = '';
beforeAll(async () => {
  script = await buildScript('refresh-once');
});
afterAll(() => {
  rmSync(dirname(script), { recursive: true, force: true });
});

/** A home whose one Codex token has run out. */
function expiringHome(refreshToken: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'refresh-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const row = {
    id: 'c0ffee',
    label: 'team',
    auth_type: 'oauth',
    priority: 0,
    source: 'manual:device_code',
    access_token: fakeJwt({ exp: 1000 }),
    refresh_token: refreshToken,
    request_count: 3,
  };
  const auth = { version: 1, providers: {}, credential_pool: { 'openai-codex': [row] } };
  writeFileSync(join(dir, 'auth.json'), JSON.stringify(auth, null, 2), { mode: 0o600 });
  return dir;
}

function row(dir: string): JsonObject {
  const auth: JsonObject = JSON.parse(readFileSync(join(dir, 'auth.json'), 'utf8'));
  const pools = isJsonObject(auth.credential_pool) ? auth.credential_pool : {};
  const rows = pools['openai-codex'];
  const first = Array.isArray(rows) ? rows[0] : undefined;
  return isJsonObject(first) ? first : {};
}

interface Outcome {
  readonly signal: NodeJS.Signals | null;
  readonly out: JsonObject;
}

async function run(internet: Internet, dir: string, dies?: string): Promise<Outcome> {
  const argv = [script, dir, 'openai-codex', 'c0ffee', ...(dies === undefined ? [] : [dies])];
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env.PATH, ...internet.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      resolve({ signal, out: text === '' ? {} : JSON.parse(text) });
    });
  });
}

const inbox = (dir: string) => readdirSync(join(dir, 'gormes/inbox'));

function nameOf(token: unknown): string {
  return createHash('sha256').update(String(token)).digest('hex').slice(0, 16);
}

test('16 processes, 3 rounds: one request for each round, and all get the new token', async () => {
  const sim = codexSim();
  sim.tokens.accept('first-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const dir = expiringHome('first-refresh');
  for (let round = 1; round <= 3; round++) {
    const runs = await Promise.all(Array.from({ length: 16 }, () => run(internet, dir)));
    expect(sim.refreshes).toBe(round);
    const wanted = nameOf(sim.tokens.issued.at(-1)?.accessToken);
    expect(runs.map(({ out }) => out.token)).toEqual(Array(16).fill(wanted));
    expect(runs.filter(({ out }) => out.how === 'refreshed')).toHaveLength(1);
    expect(inbox(dir)).toEqual([]);
    // The token of the next round has run out again.
    const text = readFileSync(join(dir, 'auth.json'), 'utf8');
    const access = String(row(dir).access_token);
    writeFileSync(join(dir, 'auth.json'), text.replace(access, fakeJwt({ exp: 1000 + round })));
  }
  expect(row(dir)).toMatchObject({ request_count: 3, label: 'team' });
}, 120_000);

test('killed between the answer and the store: the next run finds the grant and stores it', async () => {
  const sim = codexSim();
  sim.tokens.accept('first-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const dir = expiringHome('first-refresh');
  expect(await run(internet, dir, 'before-store')).toMatchObject({ signal: 'SIGKILL' });
  expect(row(dir).refresh_token).toBe('first-refresh');
  const [name = ''] = inbox(dir);
  expect(statSync(join(dir, 'gormes/inbox', name)).mode & 0o777).toBe(0o600);
  expect(name).toMatch(/^[0-9a-f]{16}\.json$/);

  const { out } = await run(internet, dir);
  const [issued] = sim.tokens.issued;
  expect(out).toEqual({ how: 'kept', token: nameOf(issued?.accessToken), taken: ['stored'] });
  expect(row(dir)).toMatchObject({
    access_token: issued?.accessToken,
    refresh_token: issued?.refreshToken,
  });
  expect(inbox(dir)).toEqual([]);
  expect(sim.refreshes).toBe(1);
});

test('killed with the answer on its way: the token is never sent again, and the next run says so', async () => {
  const sim = codexSim();
  sim.tokens.accept('first-refresh');
  await using internet = await startInternet({ hosts: sim.hosts });
  const dir = expiringHome('first-refresh');
  expect(await run(internet, dir, 'after-reply')).toMatchObject({ signal: 'SIGKILL' });
  for (let again = 0; again < 2; again++) {
    expect((await run(internet, dir)).out).toEqual({ code: 'refresh_uncertain', exitCode: 5 });
  }
  expect(row(dir)).toMatchObject({ refresh_token: 'first-refresh' });
  expect(sim.refreshes).toBe(1);
});
