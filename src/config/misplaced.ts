import { findProvider } from '../providers/find-provider.ts';
import { isScheme } from '../secrets/parse-reference.ts';
import { showsReference } from './shows-reference.ts';
import { entriesOf, type MapEntry, type TreeNode } from './tree.ts';

const COMMAND = '{ api_key: { command: [program, argument] } }';
const CREDENTIAL = 'credentials: { LABEL: { api_key: "env:NAME" } }';
const MCP = 'mcp_servers: { NAME: { state: logged_in } }';

/** Words for what belongs elsewhere, at the top of a file or among its providers. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ['mcp', MCP],
  ['mcp_servers', MCP],
  ['custom_providers', 'custom_providers: { NAME: { base_url: …, credentials: { … } } }'],
  ['credentials', `providers: { PROVIDER: { ${CREDENTIAL} } }`],
  ['strategy', 'providers: { PROVIDER: { strategy: round_robin } }'],
]);

/** The form that a section of the top should have which stands among the providers. */
export function sectionForm(key: string): string | undefined {
  const form = FORMS.get(key);
  return form === undefined ? undefined : `write at the top of the file: ${form}`;
}

/**
 * The form that a key should have had which stands in the wrong place; undefined for one that is
 * merely unknown.
 *
 * @param keys where it stands: none for the top of the file, or of an overlay
 */
export function rightForm(keys: readonly string[], entry: MapEntry): string | undefined {
  const [section, , part] = keys[0] === 'overlays' ? keys.slice(2) : keys;
  const depth = keys[0] === 'overlays' ? keys.length - 2 : keys.length;
  if (depth === 0) return topForm(entry.key);
  if (section !== 'providers' && section !== 'custom_providers') return undefined;
  if (depth === 2 && isCredential(entry)) return `write ${CREDENTIAL}`;
  return depth === 4 && part === 'credentials' ? fieldForm(entry.key) : undefined;
}

/** How a provider or a credential is written that stands there as text, or as a list. */
export function mappingForm(keys: readonly string[], node: TreeNode): string | undefined {
  const path = keys[0] === 'overlays' ? keys.slice(2) : keys;
  if (path[0] !== 'providers' && path[0] !== 'custom_providers') return undefined;
  if (path.length === 1) return `write ${path[0]}: { NAME: { ${CREDENTIAL} } }`;
  if (path.length === 2 || (path.length === 3 && path[2] === 'credentials'))
    return `write ${CREDENTIAL}`;
  if (path.length !== 4 || path[2] !== 'credentials') return undefined;
  if (node.kind === 'list') return `write ${COMMAND}`;
  const text = node.kind === 'scalar' && showsReference(node.text) ? node.text : 'env:NAME';
  return `write { api_key: "${text}" }`;
}

function topForm(key: string): string | undefined {
  const form = FORMS.get(key);
  if (form !== undefined) return `write ${form}`;
  return findProvider(key) && `write providers: { ${key}: { … } }`;
}

/** `command:` and the schemes of references are values of `api_key`. */
function fieldForm(key: string): string | undefined {
  if (key === 'command') return `write ${COMMAND}`;
  return isScheme(key) ? `write { api_key: "${key}:…" }` : undefined;
}

/** A credential right below its provider, or the field of one. */
function isCredential({ key, value }: MapEntry): boolean {
  return key === 'api_key' || entriesOf(value).some((field) => field.key === 'api_key');
}
