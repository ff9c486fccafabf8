import { listOf } from '../base/text.ts';
import { type Findings, quote } from './findings.ts';
import { guess } from './guess.ts';
import { hideUnknown } from './hide-values.ts';
import { mappingForm, rightForm, sectionForm } from './misplaced.ts';
import { showsReference } from './shows-reference.ts';
import { isEmptyNull, type MapEntry, spotKey, type TreeNode } from './tree.ts';
import { KNOWN_KEYS, type ShapeError, validateShape } from './validate-shape.generated.js';

/**
 * First layer of validation: the JSON Schema. Reports at the exact place in our own words, and
 * hides what stands at places that the language does not know: it could be anything.
 *
 * @returns `spotKey`s of the mappings in or directly below which something was wrong, so that later
 * rules don't report what only follows from it; an overlay counts with all that is below it
 */
export function checkShape(root: TreeNode, findings: Findings): ReadonlySet<string> {
  const broken = new Set<string>();
  if (validateShape(plainOf(root))) return broken;
  for (const error of validateShape.errors ?? []) {
    const keys = error.instancePath.split('/').slice(1).map(unescapeKey);
    for (const path of [keys, keys.slice(0, -1), keys.slice(0, 2)]) {
      const { node } = walk(root, path);
      if (node.kind === 'map' && (path[0] === 'overlays' || path.length > 2)) {
        broken.add(spotKey(node));
      }
    }
    report(error, keys, root, findings);
  }
  return broken;
}

/** Plain values for the compiled schema. Objects without prototype, so that no key is special. */
function plainOf(node: TreeNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainOf);
  const plain: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.entries.values()) {
    plain[key] = plainOf(value);
  }
  return plain;
}

function report(
  error: ShapeError,
  keys: readonly string[],
  root: TreeNode,
  findings: Findings,
): void {
  const { node, entry } = walk(root, keys);
  const name = keys.at(-1);
  const what = name === undefined ? 'the declaration' : nameOf(keys);
  const { params } = error;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = params.additionalProperty ?? '';
      const unknown = node.kind === 'map' ? node.entries.get(key) : undefined;
      if (unknown) unknownKey(unknown, keys, findings);
      return;
    }
    case 'type': {
      if (isVersion(keys)) return;
      const types = [params.type ?? []].flat();
      // Somebody may have written the secret where its mapping belongs.
      if (node.kind === 'scalar' && types.includes('object') && !showsReference(node.text))
        findings.hide(node);
      const wanted = listOf(types.map(typeName), 'or');
      const form = types.includes('object') ? mappingForm(keys, node) : undefined;
      const hint = form ?? typeHint(node, types);
      const spot = isEmptyNull(node) && entry ? entry.keyNode : node;
      findings.error('wrong_type', `${what} must be ${wanted}, not ${kindName(node)}`, spot, {
        hint,
      });
      return;
    }
    case 'enum': {
      // Of the wrong type: that has been said.
      if (isVersion(keys) || node.kind !== 'scalar' || typeof node.value !== 'string') return;
      notAllowed(node, what, params.allowedValues ?? [], findings);
      return;
    }
    case 'required': {
      const spot = entry?.keyNode ?? { ...node, end: node.start + 1 };
      findings.error('missing_key', `${what} needs the key "${params.missingProperty}"`, spot);
      return;
    }
    default: {
      const limit = params.limit ?? 0;
      const message = LIMIT_WORDS[error.keyword]?.(limit) ?? 'is not valid';
      findings.error('out_of_range', `${what} ${message}`, node);
    }
  }
}

/** The version of the language has a rule of its own. */
function isVersion(keys: readonly string[]): boolean {
  return keys.length === 1 && keys[0] === 'version';
}

const LIMIT_WORDS: Readonly<Record<string, (limit: number) => string>> = {
  minimum: (limit) => `must be at least ${limit}`,
  maximum: (limit) => `must be at most ${limit}`,
  minItems: () => 'must not be empty',
  minProperties: () => 'must not be empty',
};

function unknownKey(unknown: MapEntry, keys: readonly string[], findings: Findings): void {
  hideUnknown(unknown, findings);
  // What belongs to another kind of provider has a rule of its own.
  if (keys.length === 2 && keys[0] === 'providers' && PROVIDER_KEYS.includes(unknown.key)) return;
  // A section of the top among the providers is one mistake, and is reported there.
  if (keys.length === 2 && keys[0] === 'providers' && sectionForm(keys[1] ?? '')) return;
  if (unknown.key === '<<') {
    const hint = 'write the keys out, or use an alias for a whole value';
    findings.error('merge_key', 'merge keys (<<) are not supported', unknown.keyNode, { hint });
    return;
  }
  const hint = () => {
    const known = knownKeysAt(keys);
    const form = rightForm(keys, unknown);
    if (form !== undefined) return form;
    const meant = guess(unknown.key, known);
    return meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ')}`;
  };
  const where = keys.length === 0 ? '' : ` in ${nameOf(keys)}`;
  findings.error('unknown_key', `unknown key ${quote(unknown.key)}${where}`, unknown.keyNode, {
    hint,
  });
}

/** Keys of all kinds of providers: a wrong one is a matter of which provider it is. */
const PROVIDER_KEYS = ['bedrock', 'spotify', '*'].flatMap(
  (key) => KNOWN_KEYS[`/providers/${key}`] ?? [],
);

/** Keys that may stand at a path; the table has `*` where any key or item may stand. */
function knownKeysAt(keys: readonly string[]): readonly string[] {
  let places = [''];
  for (const key of keys) places = places.flatMap((place) => [`${place}/${key}`, `${place}/*`]);
  for (const place of places) {
    if (Object.hasOwn(KNOWN_KEYS, place)) return KNOWN_KEYS[place] ?? [];
  }
  return [];
}

function notAllowed(
  node: TreeNode & { kind: 'scalar' },
  what: string,
  allowed: readonly unknown[],
  findings: Findings,
): void {
  const words = allowed.filter((word) => typeof word === 'string');
  const meant = guess(node.text, words);
  const hint = meant ? `did you mean "${meant}"?` : undefined;
  const message = `${what} must be ${listOf(words, 'or')}`;
  // What is nowhere near an allowed word may have been meant for another place.
  if (meant === undefined) findings.hide(node);
  findings.error('not_allowed', message, node, { hint });
}

/** `"strategy" of "openrouter"`, `"protect" of "openrouter/work"`, `item 2 of "overlays"`. */
function nameOf(keys: readonly string[]): string {
  const at = keys.lastIndexOf('credentials');
  const provider = keys[at - 1];
  const label = keys[at + 1];
  const isAddress = at > 0 && provider !== undefined && label !== undefined;
  const words = isAddress ? [`${provider}/${label}`, ...keys.slice(at + 2)] : keys;
  const last = words.at(-1) ?? '';
  const above = words.at(-2);
  const isItem = !isAddress && /^\d+$/.test(last);
  const name = isItem ? `item ${Number(last) + 1}` : quote(last);
  if (above === undefined || /^\d+$/.test(above)) return name;
  return TOP_SECTIONS.has(above) && !isItem ? name : `${name} of ${quote(above)}`;
}

/** Sections whose name adds nothing to that of their entries. */
const TOP_SECTIONS = new Set(['providers', 'custom_providers', 'mcp_servers', 'limits', 'model']);

function walk(root: TreeNode, keys: readonly string[]) {
  let node = root;
  let entry: MapEntry | undefined;
  for (const key of keys) {
    if (node.kind === 'map') {
      entry = node.entries.get(key);
      node = entry?.value ?? node;
    } else if (node.kind === 'list') {
      entry = undefined;
      node = node.items[Number(key)] ?? node;
    }
  }
  return { node, entry };
}

function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function typeName(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  null: 'null',
};

function kindName(node: TreeNode): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a mapping' : 'a list';
  if (isEmptyNull(node)) return 'empty';
  if (node.value === null) return 'null';
  return typeof node.value === 'string'
    ? 'text'
    : `a ${typeof node.value === 'number' ? 'number' : 'truth value'}`;
}

function typeHint(node: TreeNode, wanted: readonly string[]): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  if (isEmptyNull(node)) return 'write a value, or remove the key';
  if (wanted.includes('string') && node.value !== null) return 'put it in quotes';
  if (wanted.includes('boolean') && /^(yes|on)$/i.test(node.text)) return 'write: true';
  if (wanted.includes('boolean') && /^(no|off)$/i.test(node.text)) return 'write: false';
  if (wanted.includes('array')) return 'write it as a list: [ … ]';
  return undefined;
}
