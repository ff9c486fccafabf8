import type { Deps } from '../base/deps.ts';
import type { Json } from '../base/json.ts';
import { hasControls, tildify } from '../base/text.ts';
import { quote } from '../config/findings.ts';
import { findKeys } from '../config/looks-like-key.ts';
import {
  type PrintedItem,
  type PrintedProvider,
  printDeclaration,
} from '../config/print-declaration.ts';
import { urlProblem } from '../config/url-problem.ts';
import { type LiveLogin, liveLogins } from '../plan/sessions.ts';
import type { Live, LiveEntry } from '../pool/live.ts';
import { pinnedEntry } from '../pool/pins.ts';
import { loadPool } from '../pool/pools.ts';
import type { PoolStore } from '../pool/store.ts';
import { findProvider, slugOf } from '../providers/find-provider.ts';
import type { CustomProvider } from '../providers/provider.ts';
import { type Dumped, dumpCredentials, type Skipped } from './dump-credentials.ts';
import { secretFinder } from './find-variable.ts';
import { observeHome } from './observe-home.ts';
import { settledLedger } from './unfinished.ts';

/** A declaration of what is live. */
export interface Dump {
  /** YAML; holds no secret. */
  readonly declaration: string;
  readonly declared: number;
  /** Logins outside the pool that are declared: Spotify, MCP servers. */
  readonly logins: number;
  /** Credentials whose reference is still to be written. */
  readonly todo: readonly string[];
  /** Live credentials that a declaration can't stand for, with the reason. */
  readonly left: readonly { readonly address: string; readonly why: string }[];
}

/**
 * Writes down what a home holds, so that the next plan of it does nothing but adopt. References are
 * guessed where a variable holds the same secret, and left to be written elsewhere.
 */
export async function dumpPool(
  deps: Pick<Deps, 'clock' | 'env' | 'userHome'>,
  store: PoolStore,
): Promise<Dump> {
  const snapshot = await store.read();
  const ledger = settledLedger(store.home, store.readLedger(), snapshot);
  const live = await observeHome(deps, store, snapshot, store.fingerprint());
  const bindings = [...ledger.entries.values(), ...ledger.sessions.values()];
  const names = new Set(bindings.map((binding) => binding.declaration));
  const name = names.size === 1 ? [...names][0] : undefined;
  // One that no longer works would have to be made again, which is for a person to say.
  const logins = liveLogins(live).filter((login) => isDeclared(live, login));
  const protectedBy = (address: string): Fields =>
    ledger.sessions.get(address)?.protect === true ? [['protect', true]] : [];
  const findVariable = secretFinder(snapshot, deps.env);

  const ids = new Set([
    ...live.entries.keys(),
    ...live.suppressed.keys(),
    ...live.strategies.keys(),
    ...live.customs.map(({ id }) => id),
    ...logins.map(({ provider }) => provider).filter((provider) => provider !== 'mcp'),
  ]);
  const dumped: Dumped[] = [];
  const providers: PrintedProvider[] = [];
  const customs: PrintedProvider[] = [];
  const unnamed: string[] = [];
  for (const id of [...ids].sort((a, b) => (a < b ? -1 : 1))) {
    const custom = live.customs.find((candidate) => candidate.id === id && isDeclarable(candidate));
    const row = findProvider(id);
    const known = custom !== undefined || row?.id === id;
    const pool = loadPool(id, snapshot.auth, snapshot.inputs).entries;
    const guess = (entry: LiveEntry): string | undefined => {
      const secret = pool.find((candidate) => candidate.id === entry.id)?.secret;
      return secret?.isEmpty === false ? findVariable(secret, row?.keyEnv ?? []) : undefined;
    };
    const all = dumpCredentials({ id, custom, row, live, ledger, name, guess });
    dumped.push(all);
    const pin = pinnedEntry(live.entries.get(id) ?? [], ledger.pins.get(id))?.label;
    const isPinDeclared = all.credentials.some(({ label }) => label === pin);
    const remarks = [
      ...all.skipped.flatMap(({ label, why, rule }) =>
        rule === undefined ? [`left out: ${label}: ${why}`] : [],
      ),
      ...(pin === undefined || isPinDeclared
        ? []
        : [`left out: the pin on ${quote(pin)}, which is not declared`]),
    ];
    const strategy = live.strategies.get(id);
    const pooled = custom !== undefined || row?.refuses?.add === undefined;
    const printed: PrintedProvider = {
      key: custom === undefined ? id : custom.id.slice('custom:'.length),
      fields: [
        ...definitionOf(custom),
        ...(logins.some(({ address }) => address === id)
          ? [['type', 'oauth'] as const, ...protectedBy(id)]
          : []),
        ...(strategy === undefined || !pooled ? [] : [['strategy', strategy] as const]),
        ...(pin === undefined || !isPinDeclared ? [] : [['pin', pin] as const]),
      ],
      credentials: all.credentials,
      suppress: pooled ? all.suppress : [],
      remarks,
    };
    if (known && !isNothing(printed)) (custom === undefined ? providers : customs).push(printed);
    else unnamed.push(...remarks.map((line) => `${quote(id)} ${line}`));
  }

  const todo = dumped.flatMap((each) => each.todo);
  const skipped = dumped.flatMap((each) => each.skipped);
  const declaration = printDeclaration({
    head: [
      `What ${tildify(store.home.dir, deps.userHome)} holds, written by gormes auth dump. No secret stands in it.`,
      ...(todo.length === 0
        ? []
        : [
            'Where it says todo: a reference is still to be written; until then the key stays as it is.',
          ]),
      ...unnamed,
    ],
    name,
    model: modelOf(live.model, customs),
    providers,
    customs,
    mcpServers: logins.flatMap(({ server, address }) =>
      server === undefined
        ? []
        : [{ name: server, fields: [['state', 'logged_in'], ...protectedBy(address)] }],
    ),
    // An ignored credential keeps its place in the order, and `unmanaged: remove` spares it.
    ignore: rulesOf(skipped),
  });
  return {
    declaration,
    declared: dumped.reduce((sum, each) => sum + each.credentials.length, 0),
    logins: logins.length,
    todo,
    left: skipped.map(({ address, why }) => ({ address, why })),
  };
}

function isNothing({ fields, credentials, suppress }: PrintedProvider): boolean {
  return fields.length + credentials.length + suppress.length === 0;
}

/** Whether a declaration can define a custom provider as `config.yaml` does. */
function isDeclarable({ id, name, baseUrl }: CustomProvider): boolean {
  const slug = id.slice('custom:'.length);
  const texts = [slug, name, baseUrl];
  if (slug === '' || slug.includes('/') || slugOf(name) !== slug) return false;
  if (texts.some((text) => hasControls(text) || findKeys(text).length > 0)) return false;
  return urlProblem(baseUrl) === undefined;
}

type Fields = (readonly [string, Json])[];

function definitionOf(
  custom:
    | { readonly name: string; readonly baseUrl: string; readonly apiMode: string | undefined }
    | undefined,
): Fields {
  if (custom === undefined) return [];
  const fields: Fields = [
    ['name', custom.name],
    ['base_url', custom.baseUrl],
  ];
  return custom.apiMode === undefined ? fields : [...fields, ['api_mode', custom.apiMode]];
}

/** Whether a declaration can stand for it, and wants nothing then. */
function isDeclared({ sessions, mcp }: Live, { provider, server }: LiveLogin): boolean {
  if (server === undefined)
    return sessions.find((each) => each.provider === provider)?.usable === true;
  if (hasControls(server) || findKeys(server).length > 0) return false;
  const live = mcp?.get(server);
  return live?.login === 'usable' && live.obstacle === undefined;
}

function rulesOf(skipped: readonly Skipped[]): PrintedItem[] {
  const rules = new Map(skipped.map(({ rule, why }) => [rule, why]));
  return [...rules].flatMap(([value, comment]) =>
    value === undefined ? [] : [{ value, comment }],
  );
}

/** Left out where the declaration would name another provider than Hermes does. */
function modelOf(
  model: { readonly provider: string | undefined; readonly default: string | undefined },
  customs: readonly PrintedProvider[],
): Json | undefined {
  const { provider } = model;
  const isExact =
    provider === undefined ||
    provider === 'auto' ||
    findProvider(provider)?.id === provider ||
    customs.some((custom) => `custom:${custom.key}` === provider);
  const fields = {
    ...(isExact && provider !== undefined ? { provider } : {}),
    ...(model.default === undefined ? {} : { default: model.default }),
  };
  return Object.keys(fields).length === 0 ? undefined : fields;
}
