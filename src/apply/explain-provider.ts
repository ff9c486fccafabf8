import { EXIT, GormesError } from '../base/errors.ts';
import { escapeControls } from '../base/text.ts';
import type { Desired } from '../config/desired.ts';
import type { Entry } from '../pool/entry.ts';
import { explainPool, type PlacedEntry } from '../pool/explain-pool.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { judgeReport, type Mark } from '../pool/judge-report.ts';
import { markEntries } from '../pool/mark-entries.ts';
import { suppressedSources } from '../pool/pools.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import type { Strategy } from '../pool/strategy.ts';
import type { ExplainedDeclaration, explainDeclared } from './explain-declared.ts';
import { getPoolProvider, type PoolProvider } from './find-pool-provider.ts';
import { getListedTarget } from './find-target.ts';
import { strategyOf } from './pick-credential.ts';

/** What a `--simulate` supposes. */
export interface Supposed {
  /** As it was typed. */
  readonly text: string;
  readonly label: string;
  readonly mark: Mark['kind'];
}

export interface Explained {
  readonly provider: PoolProvider;
  readonly strategy: Strategy;
  /** Label of the pin; of one that is gone too. */
  readonly pin: string | undefined;
  readonly supposed: readonly Supposed[];
  /** By ascending priority. */
  readonly entries: readonly PlacedEntry[];
  readonly isInherited: (entry: Entry) => boolean;
  /** Sources that are not imported. */
  readonly suppressed: readonly string[];
  /** Undefined where there is no declaration, or one that can't be understood. */
  readonly declared: ExplainedDeclaration | undefined;
  /** Unix milliseconds of the look. */
  readonly nowMs: number;
}

type ExplainDeps = Parameters<typeof explainDeclared>[0];

/**
 * Tells which credential the next request uses and why each other is not. Changes nothing.
 *
 * @param input `simulate`: reports to suppose, such as `429 on work` or `401 token_revoked on work`;
 *   `desired`: the declaration of this place, if there is one
 * @throws `unknown_provider`, `simulation_unclear`, and what finding a target can throw
 */
export async function explainProvider(
  deps: ExplainDeps,
  store: PoolStore,
  input: {
    readonly provider: string;
    readonly simulate: readonly string[];
    readonly desired: Desired | undefined;
  },
): Promise<Explained> {
  const snapshot = await store.read();
  const { desired } = input;
  const provider = getPoolProvider(withDeclared(snapshot, desired), input.provider);
  const nowMs = deps.clock.now();
  const pool = loadEffectivePool(snapshot, provider.id);
  const pin = store.readLedger().pins.get(provider.id);
  const strategy = strategyOf(snapshot, provider.id);
  const supposed: Supposed[] = [];
  let { entries } = pool;
  for (const text of input.simulate) {
    const { status, reason, target } = parseSimulation(text);
    const { entry } = getListedTarget(pool, provider.id, target);
    const entitlement = provider.row?.refusal403 === 'entitlement';
    const mark = judgeReport({ status, reason }, nowMs, entitlement);
    entries = markEntries(entries, entry.id, mark, nowMs);
    supposed.push({ text, label: entry.label, mark: mark.kind });
  }
  const inherited = new Set(pool.entries.filter(pool.isInherited).map(({ id }) => id));
  const isInherited = (entry: Entry): boolean => inherited.has(entry.id);
  const own = { entries: entries.filter((entry) => !isInherited(entry)), strategy, pin };
  const given = { provider: provider.id, pool: own, inherited: entries.filter(isInherited) };
  const declared = desired && (await explainDesired(deps, store, desired, given));
  return {
    provider,
    strategy,
    pin: pin?.label,
    supposed,
    entries: explainPool(entries, strategy, pin, nowMs),
    isInherited,
    suppressed: suppressedSources(snapshot.auth, provider.id),
    declared,
    nowMs,
  };
}

/** Custom providers that are declared and not yet defined are known too. */
function withDeclared(snapshot: Snapshot, desired: Desired | undefined): Snapshot {
  const { settings } = snapshot;
  const isDefined = (id: string): boolean => settings.customs.some((custom) => custom.id === id);
  const declared = (desired?.providers ?? []).flatMap(({ id, key, custom }) =>
    custom === undefined || isDefined(id)
      ? []
      : [
          {
            id,
            name: custom.name,
            mapKey: key,
            baseUrl: custom.baseUrl,
            apiKey: undefined,
            path: [],
          },
        ],
  );
  return { ...snapshot, settings: { ...settings, customs: [...settings.customs, ...declared] } };
}

/** Planning is loaded where there is something to plan. */
async function explainDesired(
  ...args: Parameters<typeof explainDeclared>
): Promise<ExplainedDeclaration> {
  const { explainDeclared } = await import('./explain-declared.ts');
  return await explainDeclared(...args);
}

interface Simulation {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly target: string;
}

/** `STATUS [REASON] on TARGET`. */
function parseSimulation(text: string): Simulation {
  const match = /^\s*([1-5]\d\d|ok|unknown)(?:\s+([a-z_]+))?\s+on\s+(.+)$/.exec(text);
  const [, status = '', reason, target = ''] = match ?? [];
  if (match === null) {
    throw new GormesError(
      'simulation_unclear',
      `--simulate does not understand "${escapeControls(text)}"`,
      { exitCode: EXIT.usage, hint: '--simulate "429 on work", or "401 token_revoked on work"' },
    );
  }
  if (status === 'ok') return { status: 200, reason, target };
  return { status: status === 'unknown' ? undefined : Number(status), reason, target };
}
