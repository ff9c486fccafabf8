import { isDeepStrictEqual } from 'node:util';
import { GormesError } from '../../base/errors.ts';
import { type JsonObject, objectAt } from '../../base/json.ts';
import type { Secret } from '../../base/secret.ts';
import { escapeControls } from '../../base/text.ts';
import type {
  AddChange,
  AdoptChange,
  EndpointChange,
  LoginChange,
  RelabelChange,
  ReorderChange,
  RotateChange,
} from '../../plan/change.ts';
import { inOrder } from '../../plan/order.ts';
import type { ResetChange } from '../../plan/request.ts';
import { bind, followPin, unbind } from '../../pool/draft-ledger.ts';
import { importPool, renumber, setPool, unsuppress } from '../../pool/draft-pool.ts';
import { type Entry, newRow, parseEntry, STATUS_FIELDS } from '../../pool/entry.ts';
import { rankOrder, withRow } from '../../pool/pools.ts';
import type { Draft } from '../../pool/store.ts';
import { baseUrlFor } from '../../providers/base-url.ts';
import { detectedEndpointRow } from '../../providers/detect-endpoint.ts';
import { findProvider } from '../../providers/find-provider.ts';
import { adoptSession } from './adopt-session.ts';
import { type Done, factOf, getRow, type Handler, type Supply } from './handler.ts';

/** Stores a key as a new row, or takes over the entry that a variable feeds. */
export const handleAdd: Handler<AddChange> = (draft, change, supply) => {
  if (change.source !== 'manual') return takeOverSource(draft, change, change.source);
  const before = importPool(draft, change.provider);
  const secret = neededSecret(supply, change.address);
  const entry = newEntry(draft, change.provider, before, {
    label: change.label,
    priority: Math.max(-1, ...before.map((other) => other.priority)) + 1,
    secret,
    baseUrl: change.baseUrl,
    supply,
  });
  const entries = [...before, entry];
  setPool(draft, change.provider, entries);
  // A person who adds to a provider wants it: Hermes lifts its markers too, custom pools aside.
  if (change.managed === undefined && !change.provider.startsWith('custom:')) {
    unsuppress(draft, change.provider);
  }
  bind(draft, change.address, entry, change.managed);
  const twin = before.find((other) => other.secret.equals(secret));
  const lines =
    twin === undefined ? [] : [`Note: "${escapeControls(twin.label)}" holds the same secret.`];
  return { entry: factOf(entries, entry.id), lines };
};

/** A vendor's login that Hermes imports by itself, under the declared label. */
export const handleImport: Handler<LoginChange> = (draft, change) => {
  const row = findProvider(change.provider);
  const source = row?.login?.seededSource ?? '';
  return takeOverSource(draft, change, source);
};

function takeOverSource(draft: Draft, change: AddChange | LoginChange, source: string): Done {
  unsuppress(draft, change.provider, [source]);
  const before = importPool(draft, change.provider);
  const offered = before.find((entry) => entry.source === source);
  if (offered === undefined) {
    throw new GormesError('source_missing', `${change.provider} has no credential from ${source}`, {
      hint: source.startsWith('env:')
        ? `set ${source.slice(4)}`
        : 'log in with the program that keeps it',
    });
  }
  const entry = withRow(offered, { ...offered.raw, label: change.label ?? offered.label });
  const entries = before.map((other) => (other.id === entry.id ? entry : other));
  setPool(draft, change.provider, entries);
  bind(draft, change.address, entry, change.managed);
  return { entry: factOf(entries, entry.id), lines: [] };
}

/** The new secret gets a new row in the old one's place: a running Hermes that kept the old row can't undo it. */
export const handleRotate: Handler<RotateChange> = (draft, change, supply) => {
  const before = importPool(draft, change.provider);
  const old = getRow(before, change.provider, change.row);
  const entry = newEntry(draft, change.provider, before, {
    label: change.label,
    priority: old.priority,
    secret: neededSecret(supply, change.address),
    baseUrl: change.baseUrl ?? (isDefaultBase(draft, old) ? undefined : old.baseUrl),
    supply,
  });
  const entries = before.map((other) => (other.id === old.id ? entry : other));
  setPool(draft, change.provider, entries);
  unbind(draft, change.provider, change.row);
  bind(draft, change.address, entry, change.managed);
  followPin(draft, before, old, entry);
  return { entry: factOf(entries, entry.id), lines: [] };
};

export const handleRelabel: Handler<RelabelChange> = (draft, change) => {
  const before = importPool(draft, change.provider);
  const old = getRow(before, change.provider, change.row);
  const entry = withRow(old, { ...old.raw, label: change.label });
  setPool(
    draft,
    change.provider,
    before.map((other) => (other.id === old.id ? entry : other)),
  );
  const binding = draft.ledger.entries.get(change.address);
  if (binding !== undefined) bind(draft, change.address, entry, binding);
  followPin(draft, before, old, entry);
  return { entry: factOf(before, entry.id), lines: [] };
};

export const handleReorder: Handler<ReorderChange> = (draft, change) => {
  const before = importPool(draft, change.provider);
  const entries = renumber(rankOrder(change.provider, inOrder(before, change)));
  setPool(draft, change.provider, entries);
  return { lines: [] };
};

export const handleAdopt: Handler<AdoptChange> = (draft, change) => {
  if (change.row === undefined) {
    adoptSession(draft, change.address, change.managed);
    return { lines: [] };
  }
  const entries = importPool(draft, change.provider);
  const entry = getRow(entries, change.provider, change.row);
  bind(draft, change.address, entry, change.managed);
  return { entry: factOf(entries, entry.id), lines: [] };
};

/** The endpoint of one entry. */
export function setEntryEndpoint(
  draft: Draft,
  change: EndpointChange,
  row: EndpointChange['row'] & object,
): Done {
  const before = importPool(draft, change.provider);
  const old = getRow(before, change.provider, row);
  const entry = withRow(old, { ...old.raw, base_url: change.after });
  setPool(
    draft,
    change.provider,
    before.map((other) => (other.id === old.id ? entry : other)),
  );
  return { entry: factOf(before, entry.id), lines: [] };
}

/** Clears statuses, dead marks and billing marks included; really, unlike Hermes of August 2026. */
export const handleReset: Handler<ResetChange> = (draft, change) => {
  const before = importPool(draft, change.provider);
  let count = 0;
  const entries = before.map((entry) => {
    if (change.ids.length > 0 && !change.ids.includes(entry.id)) return entry;
    const row: JsonObject = { ...entry.raw };
    const marked =
      entry.status !== undefined || entry.statusAt !== undefined || entry.errorCode !== undefined;
    if (!marked && row.failure_reason === undefined) return entry;
    for (const field of STATUS_FIELDS) row[field] = null;
    delete row.failure_reason;
    count++;
    return withRow(entry, row);
  });
  if (!isDeepStrictEqual(entries, before)) setPool(draft, change.provider, entries);
  return { count, lines: [] };
};

interface Wanted {
  readonly label: string;
  readonly priority: number;
  readonly secret: Secret;
  readonly baseUrl: string | undefined;
  readonly supply: Supply;
}

function newEntry(draft: Draft, provider: string, others: readonly Entry[], wanted: Wanted): Entry {
  const taken = new Set(others.map((entry) => entry.id));
  let id = wanted.supply.newId();
  while (taken.has(id)) id = wanted.supply.newId();
  const { secret, supply } = wanted;
  const detected = wanted.baseUrl === undefined ? supply.detected : undefined;
  if (detected !== undefined) {
    objectAt(objectAt(draft.auth, 'providers'), provider).detected_endpoint = detectedEndpointRow(
      detected,
      secret,
    );
  }
  const row = newRow(provider, {
    id,
    label: wanted.label,
    type: 'api_key',
    priority: wanted.priority,
    source: 'manual',
    secret,
    baseUrl: wanted.baseUrl ?? detected?.baseUrl ?? defaultBase(draft, provider, secret),
  });
  const entry = parseEntry(provider, row, id);
  // Anthropic's setup tokens are logins whatever they were added as (pool-store §7).
  return entry.type === row.auth_type ? entry : withRow(entry, { ...row, auth_type: entry.type });
}

/** Where a manual key of a provider goes when nobody says otherwise. */
function defaultBase(draft: Draft, provider: string, secret: Secret): string {
  const custom = draft.inputs.settings.customs.find((candidate) => candidate.id === provider);
  if (custom !== undefined) return custom.baseUrl;
  const row = findProvider(provider);
  if (row === undefined) return '';
  // A provider without an endpoint of its own has only the variable to say where it is.
  return baseUrlFor(row, { secret, env: draft.inputs.env, useEnv: row.baseUrl === '' });
}

function isDefaultBase(draft: Draft, entry: Entry): boolean {
  return (
    entry.baseUrl === undefined ||
    entry.baseUrl === defaultBase(draft, entry.provider, entry.secret)
  );
}

function neededSecret(supply: Supply, address: string): Secret {
  if (supply.secret === undefined || supply.secret.isEmpty) {
    throw new Error(`no secret was supplied for ${address}`);
  }
  return supply.secret;
}
