import { STRATEGIES, type Strategy } from '../pool/strategy.ts';
import { findProvider, slugOf } from '../providers/find-provider.ts';
import type { ProviderRow } from '../providers/provider.ts';
import { buildCredential, type Takes } from './build-credential.ts';
import { buildSession } from './build-sessions.ts';
import { checkPin } from './check-pin.ts';
import type { DesiredCredential, DesiredProvider } from './desired.ts';
import { type Findings, quote } from './findings.ts';
import {
  entriesOf,
  type MapEntry,
  type MapNode,
  mapAt,
  scalarAt,
  spotKey,
  stringAt,
  stringOf,
  type TreeNode,
  valueAt,
} from './tree.ts';

/** What custom providers take: Hermes keeps API keys for them, and seeds none by a variable. */
const CUSTOM: Takes = { name: 'a custom provider', types: ['api_key'], keyEnv: [] };

export interface BuildContext {
  readonly findings: Findings;
  /** Mappings whose shape is wrong: see `checkShape`. */
  readonly broken: ReadonlySet<string>;
  /** References seen so far, with the first address of each. */
  readonly references: Map<string, string>;
}

/** All providers of a merged declaration: those of the catalog first, then custom ones. */
export function buildProviders(root: MapNode, context: BuildContext): DesiredProvider[] {
  const known = entriesOf(mapAt(root, 'providers')).flatMap((entry) => {
    const row = findProvider(entry.key);
    return row === undefined ? [] : [buildKnown(entry, row, context)];
  });
  const slugs = new Map<string, string>();
  const customs = entriesOf(mapAt(root, 'custom_providers')).map((entry) => {
    const provider = buildCustom(entry, context);
    checkSlug(provider, entry, slugs, context.findings);
    return provider;
  });
  return [...known, ...customs];
}

function buildKnown(entry: MapEntry, row: ProviderRow, context: BuildContext): DesiredProvider {
  const { findings } = context;
  checkKind(entry, row, findings);
  const { value } = entry;
  const pooled = row.refuses?.add === undefined;
  const provider = {
    ...common(entry, row.id, pooled ? row : undefined, context),
    custom: undefined,
    asserts: row.apiShape === 'bedrock-converse' ? assertsOf(value) : undefined,
    session: row.session ? buildSession(entry, row.id, findings) : undefined,
  };
  checkSuppressed(provider, entry, row, findings);
  return provider;
}

function buildCustom(entry: MapEntry, context: BuildContext): DesiredProvider {
  const name = stringAt(entry.value, 'name') ?? entry.key;
  const id = `custom:${slugOf(name)}`;
  const baseUrl = stringAt(entry.value, 'base_url');
  if (baseUrl === undefined && !isBroken(entry.value, context)) {
    const message = `the custom provider ${quote(entry.key)} needs a base_url`;
    context.findings.error('base_url_missing', message, entry.keyNode);
  }
  return {
    ...common(entry, id, CUSTOM, context),
    custom: { name, baseUrl: baseUrl ?? '', apiMode: stringAt(entry.value, 'api_mode') },
    asserts: undefined,
    session: undefined,
  };
}

/** What all providers have. `takes` is undefined where no credential can be pooled. */
function common(
  entry: MapEntry,
  id: string,
  takes: Takes | undefined,
  context: BuildContext,
): Omit<DesiredProvider, 'custom' | 'asserts' | 'session'> {
  const { findings } = context;
  const blocks = takes === undefined ? [] : entriesOf(mapAt(entry.value, 'credentials'));
  const credentials = blocks.map((inner) => {
    const broken = isBroken(inner.value, context);
    const credential = buildCredential(inner, id, takes ?? CUSTOM, findings, broken);
    warnSameReference(credential, inner, context);
    return credential;
  });
  const pin = scalarAt(entry.value, 'pin');
  if (pin !== undefined && takes !== undefined && !isBroken(entry.value, context))
    checkPin(pin, entry.key, credentials, findings);
  return {
    id,
    key: entry.key,
    strategy: strategyOf(stringAt(entry.value, 'strategy')),
    pin: stringOf(pin),
    credentials,
    suppress: entriesOf(mapAt(entry.value, 'sources')).map(({ key, keyNode }) => ({
      source: key,
      place: findings.place(keyNode),
    })),
    place: findings.place(entry.keyNode),
  };
}

/** Two credentials with one secret give no second chance when it is limited or revoked. */
function warnSameReference(
  { address, reference }: DesiredCredential,
  entry: MapEntry,
  { findings, references }: BuildContext,
): void {
  // The same words at a prompt may be answered with different secrets.
  if (reference === undefined || reference.scheme === 'prompt' || reference.scheme === 'todo')
    return;
  const key = `${reference.scheme} ${reference.text}`;
  const before = references.get(key);
  references.set(key, before ?? address);
  if (before === undefined) return;
  const spot = valueAt(entry.value, 'api_key') ?? entry.keyNode;
  const message = `${quote(address)} has the same reference as ${quote(before)}`;
  findings.warning('same_reference', message, spot);
}

/** Keys by the kind of provider that they belong to. */
const POOL_KEYS = ['credentials', 'strategy', 'pin', 'sources'];
const ASSERT_KEYS = ['profile', 'region', 'account'];
const SESSION_KEYS = ['type', 'state', 'protect', 'client_id', 'scopes'];

/** Refuses what does not fit the kind of a provider: pooled, asserted (AWS), single login, or none. */
function checkKind(entry: MapEntry, row: ProviderRow, findings: Findings): void {
  const refusal = row.refuses?.add;
  const asserted = row.apiShape === 'bedrock-converse';
  if (refusal && !row.session && !asserted) {
    findings.error('provider_refused', refusal.reason, entry.keyNode, { hint: refusal.hint });
    return;
  }
  const allowed = row.session ? SESSION_KEYS : asserted ? ASSERT_KEYS : POOL_KEYS;
  for (const { key, keyNode } of entriesOf(entry.value)) {
    if (allowed.includes(key)) continue;
    if (refusal && POOL_KEYS.includes(key)) {
      findings.error('provider_refused', refusal.reason, keyNode, { hint: refusal.hint });
    } else if ([...POOL_KEYS, ...ASSERT_KEYS, ...SESSION_KEYS].includes(key)) {
      const message = `${quote(key)} does not belong to ${row.name}`;
      const hint = `known here: ${allowed.join(', ')}`;
      findings.error('field_not_for_provider', message, keyNode, { hint });
    }
  }
}

/** Hermes' pool key is made of the name; two providers of one slug would share a pool. */
function checkSlug(
  provider: DesiredProvider,
  entry: MapEntry,
  slugs: Map<string, string>,
  findings: Findings,
): void {
  const spot = scalarAt(entry.value, 'name') ?? entry.keyNode;
  const slug = provider.id.slice('custom:'.length);
  if (slug === '' || slug.includes('/')) {
    const message = 'the name of a custom provider may not be empty or hold a "/"';
    findings.error('bad_custom_name', message, spot, { hint: 'addresses split at the first "/"' });
    return;
  }
  const before = slugs.get(slug);
  slugs.set(slug, before ?? entry.key);
  if (before === undefined) return;
  const message = `${quote(entry.key)} and ${quote(before)} both become ${quote(provider.id)}`;
  findings.error('custom_provider_twice', message, spot, { hint: 'give one of them another name' });
}

/** A borrowed credential is the entry of its source: without the source it can't be there. */
function checkSuppressed(
  provider: DesiredProvider,
  entry: MapEntry,
  row: ProviderRow,
  findings: Findings,
): void {
  for (const { key, keyNode } of entriesOf(mapAt(entry.value, 'sources'))) {
    const needs = provider.credentials.find((credential) => {
      if (credential.state === 'absent') return false;
      if (credential.type === 'import') return key === row.login?.seededSource;
      const variable = credential.reference?.scheme === 'env' ? credential.reference.variable : '';
      return row.keyEnv.includes(variable) && key === `env:${variable}`;
    });
    if (needs === undefined) continue;
    const message = `${quote(needs.address)} comes from this source, which must not be suppressed`;
    const hint = 'drop this line, or give the credential another reference';
    findings.error('suppresses_declared', message, keyNode, { hint });
  }
}

function assertsOf(value: TreeNode): DesiredProvider['asserts'] {
  const asserts: { profile?: string; region?: string; account?: string } = {};
  for (const key of ['profile', 'region', 'account'] as const) {
    const text = stringAt(value, key);
    if (text !== undefined) asserts[key] = text;
  }
  return asserts;
}

function strategyOf(text: string | undefined): Strategy | undefined {
  return STRATEGIES.find((strategy) => strategy === text);
}

function isBroken(node: TreeNode, { broken }: BuildContext): boolean {
  return node.kind !== 'map' || broken.has(spotKey(node));
}
