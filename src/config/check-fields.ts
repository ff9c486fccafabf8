import { LIMITS } from '../base/limits.ts';
import { hasControls } from '../base/text.ts';
import { findProvider } from '../providers/find-provider.ts';
import { parseReference } from '../secrets/parse-reference.ts';
import { showsKey } from './find-secrets.ts';
import { type Findings, quote } from './findings.ts';
import { findKeys, looksRandom } from './looks-like-key.ts';
import { credentialBlocks } from './name-providers.ts';
import { parseDuration } from './parse-duration.ts';
import {
  entriesOf,
  type MapEntry,
  type MapNode,
  mapAt,
  type ScalarNode,
  scalarAt,
  stringOf,
  type TreeNode,
  valueAt,
} from './tree.ts';
import { urlProblem } from './url-problem.ts';

/**
 * Second layer of validation: rules for single fields, in a file and all its overlays, whether they
 * apply here or not. What concerns several fields is checked on the merged tree: see build-desired.
 */
export function checkFields(root: MapNode, findings: Findings): void {
  for (const block of credentialBlocks(root)) {
    checkUrl(block.value, findings);
    for (const source of entriesOf(mapAt(block.value, 'sources'))) checkSource(source, findings);
    for (const entry of entriesOf(mapAt(block.value, 'credentials'))) {
      checkLabel(entry, findings);
      checkUrl(entry.value, findings);
      const ttl = scalarAt(entry.value, 'min_key_ttl');
      if (ttl && typeof ttl.value === 'string') checkDuration(ttl, findings);
      const key = scalarAt(entry.value, 'api_key');
      if (key && typeof key.value === 'string') checkReference(key, block.key, findings);
    }
  }
}

/** False for a file of a newer language, which ours can't judge. The main file must say its version. */
export function checkVersion(root: TreeNode, isMain: boolean, findings: Findings): boolean {
  const version = valueAt(root, 'version');
  if (version === undefined) {
    if (!isMain || root.kind !== 'map') return true;
    const hint = 'add a first line: version: 1';
    findings.error(
      'version_missing',
      'the declaration does not say its version',
      { ...root, end: root.start + 1 },
      { hint },
    );
    return true;
  }
  if (version.kind === 'scalar' && version.value === 1) return true;
  const newer = version.kind === 'scalar' && typeof version.value === 'number' && version.value > 1;
  if (newer) {
    const message = `the declaration has version ${version.text}, and this gormes reads version 1`;
    findings.error('version_newer', message, version, { hint: 'update gormes' });
    return false;
  }
  findings.error('bad_version', '"version" must be the number 1', version, { hint: 'version: 1' });
  return true;
}

function checkLabel(entry: MapEntry, findings: Findings): void {
  const length = [...entry.key].length;
  const limit = LIMITS.labelLength;
  let message: string | undefined;
  if (length === 0 || length > limit)
    message = `a label has 1 to ${limit} characters, not ${length}`;
  else if (hasControls(entry.key)) message = 'a label may not hold control or invisible characters';
  else if (entry.key.trim() !== entry.key) message = 'a label may not begin or end with a space';
  if (message !== undefined) findings.error('bad_label', message, entry.keyNode);
}

function checkReference(node: ScalarNode, provider: string, findings: Findings): void {
  const parsed = parseReference(node.text);
  if ('reference' in parsed && parsed.reference.scheme !== 'todo') return;
  const isKey = findKeys(node.text).length > 0 || looksRandom(node.text);
  if ('reference' in parsed) {
    if (isKey) return;
    const hint = 'write where the secret is, for example "env:NAME"';
    findings.warning(
      'todo_reference',
      'the secret still has no place, so it is never applied',
      node,
      { hint },
    );
    return;
  }
  const { code, detail, guess } = parsed.problem;
  findings.hide(node);
  if (code === 'bad_reference' && !isKey) {
    findings.error('bad_reference', `the reference ${detail}`, node);
    return;
  }
  if (code === 'unknown_scheme' && !isKey) {
    const hint = guess ? `did you mean "${guess}:"?` : 'gormes auth schema lists the schemes';
    findings.error('unknown_scheme', 'no secret manager has this scheme', node, { hint });
    return;
  }
  const variable = findProvider(provider)?.keyEnv.at(-1) ?? 'NAME';
  const meant = variableIn(node.text);
  const hint =
    meant === undefined
      ? `put the key into a variable and write "env:${variable}", or into a file and write "file:PATH"`
      : `did you mean "env:${meant}"? A variable is not put in here`;
  const message = 'a secret must not stand in a declaration, only a reference to it';
  if (!showsKey(node) && !findings.hasAt(node)) {
    findings.error('literal_secret', message, node, { hint });
  }
}

/** The variable of `${NAME}`, or of `$SOME_KEY`; what else begins with a dollar may be a secret. */
function variableIn(text: string): string | undefined {
  const found = /^\$(?:\{([A-Z][A-Z0-9_]*)\}|([A-Z][A-Z0-9_]*_(?:KEY|TOKEN)))$/.exec(text);
  return found?.[1] ?? found?.[2];
}

function checkDuration(node: ScalarNode, findings: Findings): void {
  if (parseDuration(node.text) !== undefined) return;
  const hint = 'for example "30m" or "12h"';
  findings.error('bad_duration', 'a duration is a number and s, m, h or d', node, { hint });
}

function checkSource(entry: MapEntry, findings: Findings): void {
  const [, variable] = /^env:(.*)$/s.exec(entry.key) ?? [];
  const isVariable = variable === undefined || /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable);
  if (entry.key !== '' && isVariable) return;
  findings.error('bad_source', `${quote(entry.key)} is no source`, entry.keyNode, {
    hint: 'gormes auth list shows the source of each credential, for example "env:NAME"',
  });
}

function checkUrl(owner: TreeNode, findings: Findings): void {
  const node = valueAt(owner, 'base_url');
  const text = stringOf(node);
  if (node === undefined || text === undefined) return;
  const problem = urlProblem(text);
  if (problem === undefined) return;
  if (problem.code === 'literal_secret') findings.hide(node);
  findings.error(problem.code, problem.message, node, { hint: problem.hint });
}
