/**
 * A batch of hostile inputs as a process of its own, because some inputs of the past ended Node
 * (reliability.md M5). argv: kind, seed, first number, count; or kind, `files`, paths. Prints
 * `start N` before each input, `bad N reason` for a broken promise, `done MS N` with the slowest at the end.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { realClock, realRandom } from '../../src/base/deps.ts';
import { GormesError } from '../../src/base/errors.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { viewError } from '../../src/cli/views/error.ts';
import type { DeclarationFiles } from '../../src/config/declaration-files.ts';
import { formatDiagnostic } from '../../src/config/diagnostic.ts';
import { formatDeclaration } from '../../src/config/format-declaration.ts';
import { type DeclarationContext, loadDeclaration } from '../../src/config/load-declaration.ts';
import { importPool, setPool } from '../../src/pool/draft-pool.ts';
import { parseEntry } from '../../src/pool/entry.ts';
import { findHome } from '../../src/pool/home.ts';
import { knownProviders, loadPool } from '../../src/pool/pools.ts';
import { homeStore } from '../../src/pool/store.ts';
import { FUZZ_KINDS, type FuzzKind, makeInput } from '../faults/hostile-input.ts';
import { checkAnswer, checkCallback, checkEnv, endCallbacks } from './fuzz-flows.ts';
import { Broken, checkShown, insist } from './fuzz-promises.ts';

/**
 * Work on one input beyond this is a hang. CPU time, so that neighbours don't count, and far beyond
 * the second that we promise: a figure that is printed, because a busy processor is a slow one.
 */
const CPU_LIMIT_MS = 5000;
let slowest = { ms: 0, name: '' };
let current = '';

const NO_FILES: DeclarationFiles = {
  realPath: () => undefined,
  list: () => [],
  read: () => Buffer.alloc(0),
};
const CONTEXT: DeclarationContext = {
  ...{ cwd: '/repo', files: NO_FILES, host: 'ci-7', user: 'alice', os: 'linux' },
  ...{ home: '/home/alice/.hermes', profile: undefined, userHome: '/home/alice' },
};
const PROTOTYPE = Reflect.ownKeys(Object.prototype).length;

async function timed<T>(work: () => Promise<T>): Promise<T> {
  const begin = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(begin);
  const ms = (user + system) / 1000;
  if (ms > slowest.ms) slowest = { ms, name: current };
  insist(ms < CPU_LIMIT_MS, `took ${Math.round(ms)} ms`);
  return result;
}

async function checkDeclaration(bytes: Buffer): Promise<void> {
  const input = { path: '/repo/gormes.auth.yaml', bytes };
  const { desired, diagnostics } = await timed(() => loadDeclaration(input, CONTEXT));
  const refused = diagnostics.some(({ severity }) => severity === 'error');
  insist((desired === undefined) === refused, 'neither valid nor explained');
  checkShown(diagnostics.map(formatDiagnostic).join('\n'), bytes);
  const once = await timed(() => formatDeclaration(input, '/repo'));
  checkShown(once.diagnostics.map(formatDiagnostic).join('\n'), bytes);
  if (once.text === undefined) return insist(once.diagnostics.length > 0, 'fmt: not explained');
  const twice = await formatDeclaration({ ...input, bytes: Buffer.from(once.text) }, '/repo');
  insist(twice.text === once.text, 'fmt twice is not fmt once');
}

async function checkStore(bytes: Buffer): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-fuzz-'));
  const file = join(dir, 'auth.json');
  try {
    writeFileSync(file, bytes, { mode: 0o600 });
    const { signal } = new AbortController();
    const deps = { clock: realClock, env: {}, random: realRandom, signal, userHome: undefined };
    const home = findHome({}, undefined, { home: dir, profile: undefined });
    const store = homeStore(home, deps, 1000);
    const readable = await orRefusal(bytes, async () => {
      const { auth, inputs } = await store.read();
      for (const provider of knownProviders(auth, inputs)) loadPool(provider, auth, inputs);
      return auth;
    });
    const written = await orRefusal(bytes, () =>
      store.update((draft) => {
        const entries = importPool(draft, 'xai');
        setPool(draft, 'xai', [...entries, parseEntry('xai', NEW_ROW, 'ffffff')]);
        return true;
      }),
    );
    const after = readFileSync(file);
    if (written === undefined) return insist(after.equals(bytes), 'refused, but changed');
    insist(readable !== undefined, 'written, but not readable');
    checkKept(readable, JSON.parse(after.toString('utf8')));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const NEW_ROW: JsonObject = {
  id: 'ffffff',
  label: 'new',
  auth_type: 'api_key',
  source: 'manual',
  access_token: 'k',
};

/** Every other pool and every other key of the store is what it was. */
function checkKept(before: JsonObject, after: JsonObject): void {
  const rest = ({ version: _v, updated_at: _u, credential_pool: pool, ...others }: JsonObject) => {
    const pools = typeof pool === 'object' && pool !== null && !Array.isArray(pool) ? pool : {};
    return [others, Object.entries(pools).filter(([name]) => name !== 'xai')];
  };
  insist(isDeepStrictEqual(rest(after), rest(before)), 'something else in the store changed');
  insist(JSON.stringify(after).includes('"ffffff"'), 'the new entry is missing');
}

/** Undefined for a refusal with a code, which is checked; whatever else is thrown is a bug. */
async function orRefusal<T>(bytes: Buffer, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await timed(work);
  } catch (error) {
    if (!(error instanceof GormesError)) throw error;
    checkShown(viewError(error, { debug: false, interrupted: false }), bytes);
    return undefined;
  }
}

const CHECKS: Readonly<Record<FuzzKind, (bytes: Buffer) => Promise<void>>> = {
  declaration: checkDeclaration,
  store: checkStore,
  env: (bytes) => timed(() => checkEnv(bytes)),
  callback: (bytes) => timed(() => checkCallback(bytes)),
  answer: (bytes) => timed(() => checkAnswer(bytes)),
};

async function check(kind: FuzzKind, name: string, bytes: Buffer): Promise<void> {
  current = name;
  writeSync(1, `start ${name}\n`);
  try {
    await CHECKS[kind](bytes);
    insist(Reflect.ownKeys(Object.prototype).length === PROTOTYPE, 'a prototype changed');
  } catch (error) {
    const reason = error instanceof Broken ? error.message : String((error as Error).stack);
    writeSync(1, `bad ${name} ${JSON.stringify(reason)}\n`);
  }
}

const [, , kind = 'declaration', seed = '', ...rest] = process.argv;
const asKind = FUZZ_KINDS.find((known) => known === kind) ?? 'declaration';
if (seed === 'files') {
  for (const path of rest) await check(asKind, path, readFileSync(path));
} else {
  const [first, count] = [Number(rest[0]), Number(rest[1])];
  for (let number = first; number < first + count; number++) {
    await check(asKind, String(number), makeInput(asKind, Number(seed), number));
  }
}
await endCallbacks();
writeSync(1, `done ${Math.round(slowest.ms)} ${slowest.name}\n`);
