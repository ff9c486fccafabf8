import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../src/base/deps.ts';
import { GormesError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { viewError } from '../../src/cli/views/error.ts';
import { type EnvFile, readEnvFile } from '../../src/pool/env-file.ts';
import { CATALOG } from '../../src/providers/catalog.ts';
import { judgeCallback } from '../../src/providers/flows/callback-request.ts';
import { type Loopback, startLoopback } from '../../src/providers/flows/loopback.ts';
import { judgeTokenReply } from '../../src/providers/flows/token-reply.ts';
import type { Grant, OAuthDriver } from '../../src/providers/oauth.ts';
import { CALLBACK } from '../faults/hostile-flows.ts';
import { CANARY } from '../faults/hostile-text.ts';
import { checkShown, insist } from './fuzz-promises.ts';

/** `.env`: read as it stands; a value that is set is read back, and no other one changes. */
export async function checkEnv(bytes: Buffer): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-fuzz-'));
  const file = join(dir, '.env');
  try {
    writeFileSync(file, bytes, { mode: 0o600 });
    const env = orRefused(bytes, () => readEnvFile(file));
    if (env === undefined) return;
    insist(Buffer.from(env.text).equals(bytes), 'read, and not the same bytes');
    const values = valuesOf(env);
    for (const [name, value] of [...values].slice(0, 20)) checkSet(bytes, env, values, name, value);
    checkSet(bytes, env, values, 'XAI_API_KEY', 'a new key');
    const without = orRefused(bytes, () => env.remove('XAI_API_KEY'));
    if (without === undefined) return;
    values.delete('XAI_API_KEY');
    insist(same(valuesOf(without), values), 'a removal changed another variable');
    insist(readFileSync(file).equals(bytes), 'a reader wrote');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function checkSet(bytes: Buffer, env: EnvFile, old: Values, name: string, value: string): void {
  const next = orRefused(bytes, () => env.set(name, value));
  if (next === undefined) return;
  const file = next.text;
  const wanted = new Map(old).set(name, value);
  insist(same(valuesOf(next), wanted), `setting ${JSON.stringify(name)} changed something else`);
  insist(linesOf(file) <= linesOf(env.text) + 2, 'a value became lines of its own');
}

/** Lines as Python's `splitlines` counts them (reliability.md M19). */
function linesOf(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: line breakers are what is counted
  return text.split(/\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]/).length;
}

type Values = ReadonlyMap<string, string>;

function valuesOf(env: EnvFile): Map<string, string> {
  return new Map(env.names().map((name) => [name, env.get(name) ?? '']));
}

function same(a: Values, b: Values): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

function orRefused<T>(bytes: Buffer, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    checkRefusal(bytes, error);
    return undefined;
  }
}

function checkRefusal(bytes: Buffer, error: unknown): void {
  if (!(error instanceof GormesError)) throw error;
  checkShown(viewError(error, { debug: false, interrupted: false }), bytes);
}

let listener: Loopback | undefined;
let accepted: string[] = [];

/** One listener for all: none of them may end it, and the right one still counts at the end. */
async function listening(): Promise<number> {
  listener ??= await startLoopback({
    port: 0,
    provider: 'fuzz',
    judge: (request, port) => {
      const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
      const verdict = judgeCallback(request, { ...CALLBACK, hosts });
      // What is accepted is noted and refused, or the first would be the last.
      if (verdict.kind !== 'refused')
        accepted.push(`${request.method} ${request.host} ${request.target}`);
      return verdict.kind === 'refused' ? verdict : { kind: 'refused', status: 400 };
    },
  });
  return listener.port;
}

/** Bytes to the listener of a login: accepted only with the right state, host, path and method. */
export async function checkCallback(bytes: Buffer): Promise<void> {
  const port = await listening();
  const text = bytes.toString('latin1').replaceAll(CALLBACK.port, String(port));
  accepted = [];
  const reply = await send(port, Buffer.from(text, 'latin1'));
  for (const request of accepted)
    insist(isRight(request, port), `accepted: ${request.slice(0, 80)}`);
  insist(!/^HTTP\/1\.1 [23]/.test(reply), 'a wrong request was answered as a right one');
  insist(!/access-control-allow/i.test(reply), 'another origin may read the page');
  insist(!reply.includes(CANARY.text) && !reply.includes('<script'), 'a page repeats its request');
}

/** By its own reading of the rules. */
function isRight(request: string, port: number): boolean {
  const [, host = '', query = ''] = /^GET (\S*) \/callback\?(.*)$/s.exec(request) ?? [];
  const states = new URLSearchParams(query).getAll('state');
  return (
    [`127.0.0.1:${port}`, `localhost:${port}`].includes(host.toLowerCase()) &&
    states.length === 1 &&
    states[0] === CALLBACK.state
  );
}

async function send(port: number, bytes: Buffer): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined); // it may hang up on us
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** After all of them the right request is accepted. */
export async function endCallbacks(): Promise<void> {
  if (listener === undefined) return;
  accepted = [];
  const right = `GET /callback?code=c&state=${CALLBACK.state} HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\nConnection: close\r\n\r\n`;
  await send(listener.port, Buffer.from(right));
  if (accepted.length !== 1) throw new Error('the right callback is not accepted any more');
  await listener[Symbol.asyncDispose]();
}

const GRANT: Grant = {
  accessToken: new Secret('old-access-token'),
  refreshToken: new Secret('old-refresh-token'),
  expiresAt: 1,
  obtainedAt: 0,
  account: undefined,
  facts: { client_id: 'client', token_type: 'Bearer' },
};

/** An answer of a token endpoint, given to every driver: a grant of usable tokens, or a reason. */
export async function checkAnswer(bytes: Buffer): Promise<void> {
  const text = bytes.toString('utf8');
  const cut = text.indexOf('\n');
  const reply = {
    status: Number(text.slice(0, cut)) || 200,
    headers: {},
    body: text.slice(cut + 1),
  };
  const verdict = judgeTokenReply(reply, 0);
  if (verdict.kind === 'tokens') checkTokens(verdict.tokens);
  for (const driver of await drivers()) {
    const context = {
      clock: realClock,
      http: async () => reply,
      signal: new AbortController().signal,
      env: () => undefined,
      options: {},
    };
    try {
      const result = await driver.refresh(context, GRANT);
      if ('grant' in result) checkTokens(result.grant);
      else checkShown(result.failure.reason, bytes);
      if (!('grant' in result)) continue;
      // What Qwen's answers call `resource_url` is kept for its own CLI, and never asked by us.
      for (const [name, value] of Object.entries(result.grant.facts))
        if (/base_url|endpoint/.test(name))
          insist(!String(value).includes('evil.example'), `a foreign host in ${name}`);
    } catch (error) {
      checkRefusal(bytes, error);
    }
  }
}

function checkTokens(tokens: Pick<Grant, 'accessToken' | 'refreshToken' | 'expiresAt'>): void {
  for (const token of [tokens.accessToken, tokens.refreshToken]) {
    if (token === undefined) continue;
    insist(/^[\x21-\x7e]{1,65536}$/.test(token.reveal()), 'a token that no header takes');
  }
  const { expiresAt } = tokens;
  insist(expiresAt === undefined || Number.isFinite(expiresAt), 'an end that is none');
}

let loaded: readonly OAuthDriver[] | undefined;

async function drivers(): Promise<readonly OAuthDriver[]> {
  if (loaded !== undefined) return loaded;
  const all = await Promise.all(CATALOG.map(async ({ driver }) => await driver?.()));
  loaded = [...new Set(all.filter((driver) => driver !== undefined))];
  insist(loaded.length > 4, 'the drivers are missing');
  return loaded;
}
