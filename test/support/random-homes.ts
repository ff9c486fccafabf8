import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { PlanOptions } from '../../src/apply/prepare-plan.ts';
import { useCredential } from '../../src/apply/use-credential.ts';
import { type Deps, realClock, realRandom } from '../../src/base/deps.ts';
import { diskFiles } from '../../src/config/declaration-files.ts';
import type { Desired } from '../../src/config/desired.ts';
import { loadDeclaration } from '../../src/config/load-declaration.ts';
import { findHome } from '../../src/pool/home.ts';
import { loadPool } from '../../src/pool/pools.ts';
import { homeStore, type PoolStore } from '../../src/pool/store.ts';
import { CATALOG } from '../../src/providers/catalog.ts';

// Random homes and declarations, in process: for properties of plans.

const LABELS = ['a', 'b', 'c', 'dash-ed', 'with space'];
const PROVIDERS = ['openrouter', 'deepseek', 'anthropic', 'xai'];
const KEYS = ['K1', 'K2', 'K3', 'K4', 'K5'];
const STRATEGIES = ['fill_first', 'round_robin', 'least_used', 'random'];

/** Entries of a home, by provider; labels and keys may repeat, as in a home that grew by hand. */
export const homes = fc.dictionary(
  fc.constantFrom(...PROVIDERS),
  fc.array(fc.record({ label: fc.constantFrom(...LABELS), key: fc.constantFrom(...KEYS) }), {
    maxLength: 4,
  }),
);

/** Declarations: by provider, label → where the key is, or absent. */
export const declarations = fc.dictionary(
  fc.constantFrom(...PROVIDERS),
  fc.record({
    strategy: fc.option(fc.constantFrom(...STRATEGIES), { nil: undefined }),
    /** Taken from the labels that are present, by its place among them; none when there are none. */
    pin: fc.option(fc.nat(4), { nil: undefined }),
    credentials: fc.dictionary(
      fc.constantFrom(...LABELS),
      fc.option(fc.constantFrom(...KEYS), { nil: undefined }),
    ),
  }),
);

export type HomeSpec = typeof homes extends fc.Arbitrary<infer T> ? T : never;
export type DeclarationSpec = typeof declarations extends fc.Arbitrary<infer T> ? T : never;

/** Pins that a person set: by provider, the place of the entry among those of the home, or none any more. */
export const persons = fc.dictionary(
  fc.constantFrom(...PROVIDERS),
  fc.option(fc.nat(4), { nil: undefined }),
);

export type PersonSpec = typeof persons extends fc.Arbitrary<infer T> ? T : never;

export const options: PlanOptions = {
  targets: [],
  maxRemovals: 1000,
  allowEmpty: PROVIDERS,
  takeOver: false,
};

export function depsFor(dir: string): Deps {
  const refuse = async (): Promise<never> => {
    throw new Error('nobody is asked');
  };
  const env = {
    ...Object.fromEntries(KEYS.map((key) => [key, `secret-value-of-${key}`])),
    // The metadata service of the machine that tests run on is nobody's business.
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return {
    env,
    userHome: dir,
    cwd: dir,
    clock: realClock,
    random: realRandom,
    http: refuse,
    notice: () => {},
    spawn: refuse,
    signal: new AbortController().signal,
    terminal: {
      interactive: false,
      ask: refuse,
      askSecret: refuse,
      confirm: refuse,
      readStdin: refuse,
    },
  } as Deps;
}

function pinOf(pin: number | undefined, credentials: Readonly<Record<string, string | undefined>>) {
  const present = Object.keys(credentials).filter((label) => credentials[label] !== undefined);
  const label = pin === undefined ? undefined : present[pin % present.length];
  return label === undefined ? {} : { pin: label };
}

function yamlOf(spec: DeclarationSpec): string {
  const providers = Object.fromEntries(
    Object.entries(spec).map(([id, { strategy, pin, credentials }]) => [
      id,
      {
        ...(strategy === undefined ? {} : { strategy }),
        ...pinOf(pin, credentials),
        credentials: Object.fromEntries(
          Object.entries(credentials).map(([label, key]) => [
            label,
            key === undefined ? { state: 'absent' } : { api_key: `env:${key}` },
          ]),
        ),
      },
    ]),
  );
  return JSON.stringify({ version: 1, name: 'property', unmanaged: 'keep', providers });
}

export async function desiredOf(spec: DeclarationSpec, dir: string): Promise<Desired> {
  return await loadText(yamlOf(spec), dir);
}

/** The desired state of a declaration that must be valid. */
export async function loadText(text: string, dir: string): Promise<Desired> {
  const input = { path: join(dir, 'gormes.auth.yaml'), bytes: Buffer.from(text) };
  const facts = {
    host: 'h',
    user: 'u',
    os: 'linux',
    home: undefined,
    profile: undefined,
    userHome: dir,
  };
  const { desired, diagnostics } = await loadDeclaration(input, {
    cwd: dir,
    files: diskFiles,
    ...facts,
  });
  if (desired === undefined) throw new Error(diagnostics.map((d) => d.message).join('; '));
  return desired;
}

export function storeOf(spec: HomeSpec, dir: string): PoolStore {
  mkdirSync(dir, { recursive: true });
  let id = 0;
  const pool = Object.fromEntries(
    Object.entries(spec).map(([provider, entries]) => [
      provider,
      entries.map(({ label, key }, priority) => ({
        id: (id++).toString(16).padStart(6, '0'),
        label,
        auth_type: 'api_key',
        priority,
        source: 'manual',
        access_token: `secret-value-of-${key}`,
        future_field: { kept: [1.0, 12345678901234567000] },
      })),
    ]),
  );
  const store = {
    version: 1,
    providers: {},
    credential_pool: pool,
    some_future_key: { keep: 'me' },
  };
  writeFileSync(join(dir, 'auth.json'), JSON.stringify(store, null, 2));
  return homeStore(findHome({}, dir, { home: dir, profile: undefined }), depsFor(dir), 5000);
}

/** `auth use` by hand, of what is there. */
export async function usePins(deps: Deps, store: PoolStore, spec: PersonSpec): Promise<void> {
  const { auth, inputs } = await store.read();
  for (const [provider, place] of Object.entries(spec)) {
    const { entries } = loadPool(provider, auth, inputs);
    const target = place === undefined ? undefined : entries[place % entries.length]?.id;
    const isKnown = entries.length > 0 || CATALOG.some((row) => row.id === provider);
    if (isKnown) await useCredential(deps, store, { provider, target });
  }
}

export async function inTemporaryHome(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'gormes-property-'));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
