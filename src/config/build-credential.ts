import { listOf } from '../base/text.ts';
import type { CredentialType, ProviderRow } from '../providers/provider.ts';
import { commandReference, parseReference } from '../secrets/parse-reference.ts';
import type { Reference } from '../secrets/reference.ts';
import type { DesiredCredential } from './desired.ts';
import { type Findings, quote } from './findings.ts';
import { parseDuration } from './parse-duration.ts';
import {
  entriesOf,
  itemsOf,
  listAt,
  type MapEntry,
  type MapNode,
  mapAt,
  scalarAt,
  stringAt,
  stringOf,
} from './tree.ts';

/** What a provider takes: its row, or that of every custom provider. */
export type Takes = Pick<ProviderRow, 'name' | 'types' | 'keyEnv' | 'refuses'>;

/** Fields that make sense for some types only. */
const FIELDS_OF: Readonly<Record<string, readonly CredentialType[]>> = {
  api_key: ['api_key'],
  base_url: ['api_key'],
  account: ['oauth', 'import'],
  min_key_ttl: ['oauth', 'import'],
};

/**
 * One declared credential, overlays applied. Reports fields that don't fit each other or the
 * provider; single fields have been checked before.
 *
 * @param isBroken its shape is wrong: build what can be built and report nothing more
 */
export function buildCredential(
  entry: MapEntry,
  providerId: string,
  takes: Takes,
  findings: Findings,
  isBroken: boolean,
): DesiredCredential {
  const node =
    entry.value.kind === 'map'
      ? entry.value
      : { ...entry.keyNode, kind: 'map' as const, entries: new Map() };
  const declared = typeOf(stringAt(node, 'type'));
  const type =
    declared ?? (node.entries.has('api_key') ? 'api_key' : (takes.types[0] ?? 'api_key'));
  const state = stringAt(node, 'state') === 'absent' ? 'absent' : 'present';
  const ttl = stringAt(node, 'min_key_ttl');
  const credential: DesiredCredential = {
    address: `${providerId}/${entry.key}`,
    label: entry.key,
    state,
    type,
    reference: state === 'absent' ? undefined : referenceOf(node),
    baseUrl: stringAt(node, 'base_url'),
    account: stringAt(node, 'account'),
    protect: scalarAt(node, 'protect')?.value === true,
    minKeyTtlMs: ttl === undefined ? undefined : parseDuration(ttl),
    place: findings.place(entry.keyNode),
  };
  if (!isBroken) checkTogether(entry, node, credential, takes, findings);
  return credential;
}

/** The reference of `api_key`; undefined when there is none or it is not valid. */
function referenceOf(credential: MapNode): Reference | undefined {
  const text = stringAt(credential, 'api_key');
  if (text !== undefined) {
    const parsed = parseReference(text);
    return 'reference' in parsed ? parsed.reference : undefined;
  }
  const command = listAt(mapAt(credential, 'api_key'), 'command');
  const words = itemsOf(command).flatMap((item) => stringOf(item) ?? []);
  return words.length === 0 ? undefined : commandReference(words);
}

function checkTogether(
  entry: MapEntry,
  node: MapNode,
  credential: DesiredCredential,
  takes: Takes,
  findings: Findings,
): void {
  const { type, state, address } = credential;
  if (state === 'absent' && credential.protect) {
    const spot = node.entries.get('protect')?.keyNode ?? entry.keyNode;
    const message = `${quote(address)} cannot be both absent and protected`;
    findings.error('field_conflict', message, spot);
  }
  if (!takes.types.includes(type)) {
    if (state === 'present') reportType(entry, node, type, takes, findings);
    return;
  }
  for (const { key, keyNode } of entriesOf(node)) {
    const types = FIELDS_OF[key];
    if (types === undefined || types.includes(type)) continue;
    const message = `${quote(key)} does not belong to a credential of type ${type}`;
    const hint = node.entries.has('type')
      ? `remove it, or use type: ${listOf(types, 'or')}`
      : `type is ${type} by default: say type: ${listOf(types, 'or')}, or remove the key`;
    findings.error('field_conflict', message, keyNode, { hint });
  }
  if (type === 'api_key' && state === 'present' && !node.entries.has('api_key')) {
    const hint = `add api_key: "env:${takes.keyEnv.at(-1) ?? 'NAME'}", or another reference`;
    const message = `${quote(address)} does not say where its key is`;
    findings.error('no_reference', message, entry.keyNode, { hint });
  }
}

function reportType(
  entry: MapEntry,
  node: MapNode,
  type: CredentialType,
  takes: Takes,
  findings: Findings,
): void {
  const given = node.entries.get('type');
  const spot = given?.value ?? node.entries.get('api_key')?.keyNode ?? entry.keyNode;
  const refusal = type === 'api_key' ? takes.refuses?.apiKey : undefined;
  const message = refusal?.reason ?? `${takes.name} offers no credential of type ${type}`;
  const hint = refusal?.hint ?? `use type: ${listOf(takes.types, 'or')}`;
  findings.error('type_not_offered', message, spot, { hint });
}

function typeOf(text: string | undefined): CredentialType | undefined {
  return text === 'api_key' || text === 'oauth' || text === 'import' ? text : undefined;
}
