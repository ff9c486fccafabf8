import type { Deps } from '../base/deps.ts';
import { EXIT, GormesError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { Secret } from '../base/secret.ts';
import { escapeControls, hasControls } from '../base/text.ts';
import { findMasked } from '../config/looks-like-key.ts';
import type { AddChange } from '../plan/change.ts';
import type { Entry } from '../pool/entry.ts';
import { loadEffectivePool } from '../pool/inherit.ts';
import { loadPool, rowsOf } from '../pool/pools.ts';
import type { Snapshot } from '../pool/snapshot.ts';
import type { PoolStore } from '../pool/store.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { detectFor } from './detect-for.ts';
import { executeChange } from './executor.ts';
import { getDefinedProvider, type PoolProvider } from './find-pool-provider.ts';
import { newIdFrom } from './new-id.ts';

export interface AddInput {
  readonly provider: string;
  readonly label: string | undefined;
  /** `--api-key VALUE`; `-` reads standard input; undefined asks. */
  readonly apiKey: string | undefined;
}

export interface Added {
  readonly provider: string;
  readonly id: string;
  readonly label: string;
  /** Position in the list, from 1. */
  readonly index: number;
  readonly notes: readonly string[];
}

/**
 * Adds an API key to a pool, as `auth add` does (cli-surface §2): asks for what is missing, then
 * hands the change to the executor.
 *
 * @throws `unknown_provider`, `add_refused`, `no_api_key`, `key_refused`, `bad_label`
 */
export async function addKey(deps: Deps, store: PoolStore, input: AddInput): Promise<Added> {
  const snapshot = await store.read();
  const provider = getDefinedProvider(snapshot, input.provider);
  const { row } = provider;
  if (row?.refuses?.add !== undefined) throw refused(row.refuses.add);
  if (row?.refuses?.apiKey !== undefined) throw refused(row.refuses.apiKey);
  const secret = await askKey(deps, input, row);
  const before = loadPool(provider.id, snapshot.auth, snapshot.inputs).entries;
  const label = await askLabel(deps, input, freeLabel(before));
  const change: AddChange = {
    action: 'add',
    address: `${provider.id}/${label}`,
    provider: provider.id,
    reason: 'requested',
    label,
    source: 'manual',
    from: undefined,
    baseUrl: undefined,
    managed: undefined,
  };
  const detected = await detectFor(deps, change, secret);
  const supply = { env: deps.env, newId: newIdFrom(deps.random), secret, detected };
  const done = await executeChange(deps, store, change, supply);
  const id = done.entry?.id ?? '';
  const after = await store.read();
  const { entries } = loadPool(provider.id, after.auth, after.inputs);
  return {
    provider: provider.id,
    id,
    label,
    // Not always the last: Hermes puts manual Anthropic entries before its variables.
    index: entries.findIndex((entry) => entry.id === id) + 1,
    notes: [...done.lines, ...notesFor(snapshot, provider, label, before)],
  };
}

/** `api-key-N` with the number of the entry, or the next one that no entry has. */
function freeLabel(entries: readonly Entry[]): string {
  const taken = new Set(entries.map((entry) => entry.label));
  let n = entries.length + 1;
  while (taken.has(`api-key-${n}`)) n++;
  return `api-key-${n}`;
}

function notesFor(
  snapshot: Snapshot,
  provider: PoolProvider,
  label: string,
  before: readonly Entry[],
): string[] {
  const notes: string[] = [];
  if (before.some((entry) => entry.label.trim().toLowerCase() === label.toLowerCase())) {
    notes.push(
      `Note: another ${provider.id} credential is called "${label}" too; name them by id.`,
    );
  }
  const pool = loadEffectivePool(snapshot, provider.id);
  if (rowsOf(snapshot.auth, provider.id).length === 0 && pool.entries.some(pool.isInherited)) {
    notes.push(
      `Note: this profile now has ${provider.id} credentials of its own; those of the default profile are no longer used here.`,
    );
  }
  return notes;
}

async function askKey(deps: Deps, input: AddInput, row: ProviderRow | undefined): Promise<Secret> {
  const given =
    input.apiKey !== undefined && input.apiKey !== '-'
      ? new Secret(input.apiKey.trim())
      : deps.terminal.interactive && input.apiKey !== '-'
        ? await deps.terminal.askSecret('Paste your API key: ', deps)
        : new Secret((await deps.terminal.readStdin(LIMITS.secretBytes, deps)).trim());
  const value = given.reveal();
  if (value === '')
    throw new GormesError('no_api_key', 'no API key was given', {
      hermes: 'No API key provided.',
      hint: addHint(input),
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw new GormesError(
      'key_refused',
      'the API key holds control characters or more than one line',
      {
        hint: 'paste the key alone, on one line',
      },
    );
  }
  if (Buffer.byteLength(value) > LIMITS.secretBytes) {
    throw new GormesError('key_refused', 'the API key is larger than 64 KiB');
  }
  if (row?.keyRule?.refuses.some((prefix) => value.startsWith(prefix))) {
    throw new GormesError('key_refused', `${row.name} does not take this kind of key`, {
      hint: row.keyRule.hint,
    });
  }
  return given;
}

function addHint(input: AddInput): string {
  return `pass it on standard input: gormes auth add ${escapeControls(input.provider)} --type api-key < key.txt`;
}

async function askLabel(deps: Deps, input: AddInput, fallback: string): Promise<string> {
  const asks = input.label === undefined && deps.terminal.interactive;
  const given = asks
    ? await deps.terminal.ask(`Label (optional, default: ${fallback}): `, deps)
    : input.label;
  return checkedLabel(given?.trim() || fallback);
}

/** A label that people can read and type. Throws `bad_label` (exit 64). */
export function checkedLabel(label: string): string {
  if ([...label].length > LIMITS.labelLength || hasControls(label)) {
    throw new GormesError(
      'bad_label',
      `a label has 1 to ${LIMITS.labelLength} characters and no control characters`,
      {
        exitCode: EXIT.usage,
      },
    );
  }
  if (findMasked(label).length > 0) {
    throw new GormesError('bad_label', 'the label looks like a key, and labels are shown', {
      exitCode: EXIT.usage,
      hint: 'the key itself comes by the prompt, standard input or --api-key',
    });
  }
  return label;
}

/** The error of a row that takes no such credential, with the way that works. */
export function refused(refusal: { readonly reason: string; readonly hint: string }): GormesError {
  return new GormesError('add_refused', refusal.reason, { hint: refusal.hint });
}
