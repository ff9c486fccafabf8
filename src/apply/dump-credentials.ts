import type { Json } from '../base/json.ts';
import { LIMITS } from '../base/limits.ts';
import { hasControls } from '../base/text.ts';
import { quote } from '../config/findings.ts';
import { findKeys, looksRandom } from '../config/looks-like-key.ts';
import { matchGlob } from '../config/match-glob.ts';
import type { PrintedCredential } from '../config/print-declaration.ts';
import { urlProblem } from '../config/url-problem.ts';
import { isManual } from '../pool/entry.ts';
import type { Ledger } from '../pool/ledger.ts';
import type { Live, LiveEntry } from '../pool/live.ts';
import type { CustomProvider, ProviderRow } from '../providers/provider.ts';

export interface DumpInput {
  readonly id: string;
  readonly custom: Pick<CustomProvider, 'baseUrl'> | undefined;
  readonly row: ProviderRow | undefined;
  readonly live: Live;
  readonly ledger: Ledger;
  /** Name that the dumped declaration has; undefined: its path. */
  readonly name: string | undefined;
  /** A variable that holds the same key as an entry, but for those of the provider. */
  readonly guess: (entry: LiveEntry) => string | undefined;
}

/** A live credential that stays out of the declaration. */
export interface Skipped {
  readonly address: string;
  /** As a comment may show it. */
  readonly label: string;
  readonly why: string;
  /** Its `ignore:` rule; undefined where none can name it. */
  readonly rule: string | undefined;
}

/** What of one provider goes into a declaration. */
export interface Dumped {
  readonly credentials: readonly PrintedCredential[];
  readonly skipped: readonly Skipped[];
  readonly suppress: readonly string[];
  /** Addresses whose reference is still to be written. */
  readonly todo: readonly string[];
}

/**
 * Sorts the credentials of one provider into those that a declaration can stand for, such that
 * planning it adopts them and changes nothing, and those that it can't.
 */
export function dumpCredentials(input: DumpInput): Dumped {
  const entries = input.live.entries.get(input.id) ?? [];
  const skipped = new Map<LiveEntry, Skipped>();
  for (const entry of entries) {
    const why = reasonToSkip(input, entry, entries);
    if (why !== undefined) skipped.set(entry, skip(entry, why));
  }
  const labels = entries.filter((entry) => !skipped.has(entry)).map((entry) => entry.label);
  for (const [entry, each] of skipped) {
    const rule = canName(input) ? ruleFor(entry, labels) : undefined;
    skipped.set(entry, { ...each, rule });
  }
  skipBehind(input, entries, skipped);
  const declared = entries.filter((entry) => !skipped.has(entry));
  const printed = declared.map((entry) => printEntry(input, entry));
  return {
    credentials: printed,
    skipped: [...skipped.values()],
    suppress: suppressedOf(input, entries),
    todo: declared.flatMap((entry, index) =>
      printed[index]?.fields.some(([name, value]) => name === 'api_key' && value === TODO)
        ? [addressOf(entry)]
        : [],
    ),
  };
}

const TODO = 'todo:';

function addressOf(entry: LiveEntry): string {
  return `${entry.provider}/${entry.label}`;
}

function reasonToSkip(
  { custom, row, ledger, name }: DumpInput,
  entry: LiveEntry,
  entries: readonly LiveEntry[],
): string | undefined {
  const { label, source, type } = entry;
  if (custom === undefined && row?.id !== entry.provider) return 'no such provider is known';
  if (row?.refuses?.add !== undefined) return 'the provider keeps no pool';
  if (!isLabel(label)) return 'its label cannot stand in a declaration';
  if (entries.filter((other) => other.label === label).length > 1) return 'its label stands twice';
  const owner = [...ledger.entries.values()].find((binding) => binding.id === entry.id);
  if (name === undefined && owner !== undefined) return 'another declaration manages it';
  if (source === 'qwen-cli') return undefined;
  if (isOwnVariable(row, source)) {
    return entry.fingerprint === undefined ? 'its variable is not set here' : undefined;
  }
  if (type === 'oauth') {
    if (!row?.types.includes('oauth')) return 'the provider offers no login';
    if (entry.status === 'dead') return 'dead: declare it to log in again';
    return entry.expired ? 'has run out: declare it to log in again' : undefined;
  }
  if (!isManual(source)) return `comes from ${quote(source)}`;
  const takesKeys = custom !== undefined || row?.types.includes('api_key') === true;
  return takesKeys ? undefined : 'the provider takes no API key';
}

function isOwnVariable(row: ProviderRow | undefined, source: string): boolean {
  return row?.keyEnv.some((variable) => source === `env:${variable}`) ?? false;
}

function isLabel(label: string): boolean {
  const length = [...label].length;
  if (length === 0 || length > LIMITS.labelLength || label.trim() !== label) return false;
  return !hasControls(label) && !looksLikeKey(label);
}

function looksLikeKey(text: string): boolean {
  return findKeys(text).length > 0 || looksRandom(text);
}

function skip(entry: LiveEntry, why: string): Skipped {
  return { address: addressOf(entry), label: quote(entry.label), why, rule: undefined };
}

/** Whether an address can name the provider: an unknown one it can't. */
function canName({ id, row }: DumpInput): boolean {
  return row?.id === id || /^custom:[^/]+$/.test(id);
}

/** An `ignore:` rule that names an entry and nothing that is declared. */
function ruleFor(entry: LiveEntry, declared: readonly string[]): string | undefined {
  const { label, provider } = entry;
  if (label === '' || hasControls(label) || looksLikeKey(label)) return undefined;
  return declared.some((other) => matchGlob(label, other)) ? undefined : `${provider}/${label}`;
}

/** Under `fill_first`, what stands behind a credential that can't be named would move before it. */
function skipBehind(
  { id, live }: DumpInput,
  entries: readonly LiveEntry[],
  skipped: Map<LiveEntry, Skipped>,
): void {
  if ((live.strategies.get(id) ?? 'fill_first') !== 'fill_first') return;
  const first = entries.findIndex((entry) => {
    const each = skipped.get(entry);
    return each !== undefined && each.rule === undefined;
  });
  if (first < 0) return;
  for (const entry of entries.slice(first)) {
    if (skipped.has(entry)) continue;
    skipped.set(entry, skip(entry, 'declaring it would move it before one that has no name'));
  }
}

function printEntry(input: DumpInput, entry: LiveEntry): PrintedCredential {
  const { label, source, type } = entry;
  const binding = [...input.ledger.entries.values()].find(({ id }) => id === entry.id);
  const protect: [string, Json][] = binding?.protect ? [['protect', true]] : [];
  if (source === 'qwen-cli') {
    return { label, fields: [['type', 'import'], ...protect], comment: undefined };
  }
  if (isOwnVariable(input.row, source)) {
    const comment = 'Hermes reads this variable itself';
    return { label, fields: [['api_key', source], ...protect], comment };
  }
  if (type === 'oauth') {
    const account: [string, Json][] =
      entry.account === undefined || hasControls(entry.account) ? [] : [['account', entry.account]];
    return { label, fields: [['type', 'oauth'], ...account, ...protect], comment: undefined };
  }
  const variable = input.guess(entry);
  const reference = variable === undefined ? TODO : `env:${variable}`;
  return {
    label,
    fields: [['api_key', reference], ...endpointOf(input, entry), ...protect],
    comment:
      variable === undefined
        ? 'where is this key kept? For example "file:PATH" or "op://vault/item/field"'
        : 'guessed: this variable holds the same key',
  };
}

/** The endpoint of an entry that is not one of the provider's own. */
function endpointOf({ custom, row }: DumpInput, { baseUrl }: LiveEntry): [string, Json][] {
  const own = [
    custom?.baseUrl,
    row?.baseUrl,
    ...(row?.endpoints ?? []).map((endpoint) => endpoint.baseUrl),
    ...(row?.keyBaseUrls ?? []).map((each) => each.baseUrl),
  ];
  if (baseUrl === undefined || own.includes(baseUrl)) return [];
  return urlProblem(baseUrl) === undefined && !looksLikeKey(baseUrl) ? [['base_url', baseUrl]] : [];
}

function suppressedOf({ id, live }: DumpInput, entries: readonly LiveEntry[]): string[] {
  return (live.suppressed.get(id) ?? []).filter(
    (source) =>
      /^(?:env:[A-Za-z_][A-Za-z0-9_]*|(?!env:).+)$/.test(source) &&
      !hasControls(source) &&
      !looksLikeKey(source) &&
      !entries.some((entry) => entry.source === source),
  );
}
