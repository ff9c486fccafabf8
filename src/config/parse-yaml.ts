import type { Document, ErrorCode, ParsedNode, YAMLError } from 'yaml';
import { LIMITS } from '../base/limits.ts';
import { buildTree } from './build-tree.ts';
import type { Findings } from './findings.ts';
import { lexGuard } from './lex-guard.ts';
import type { SourceText } from './source-text.ts';
import type { TreeNode } from './tree.ts';

/**
 * The tree of one file, YAML or JSON (which is YAML). Everything that is wrong with it as YAML is
 * reported; then there is no tree. Loads `yaml` on the first call.
 *
 * @param maxNodes keys and values that the file may have, aliases counted each time
 */
export async function parseYaml(
  source: SourceText,
  findings: Findings,
  maxNodes: number = LIMITS.declarationNodes,
): Promise<TreeNode | undefined> {
  const yaml = await import('yaml');
  const tokens = lexGuard(yaml, source, maxNodes, findings);
  if (tokens === undefined) return undefined;
  const composer = new yaml.Composer({
    // Their messages quote the source (M7), their check for double keys is quadratic (M6).
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'silent',
    merge: false,
    schema: 'core',
    resolveKnownTags: false,
    version: '1.2',
  });
  let document: Document.Parsed | undefined;
  for (const composed of composer.compose(tokens, true, source.text.length)) document ??= composed;
  const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  for (const error of withoutEchoes(errors)) reportSyntax(error, source, findings);

  const contents: ParsedNode | null = document?.contents ?? null;
  if (contents === null) {
    if (errors.length > 0) return undefined;
    const hint = 'begin with: version: 1';
    findings.error(
      'empty_file',
      'the file declares nothing',
      { source, start: 0, end: 1 },
      { hint },
    );
    return undefined;
  }
  const tree = buildTree(yaml, source, contents, maxNodes, findings);
  return errors.length > 0 ? undefined : tree;
}

/** After what it does not expect the parser expects nothing more: the first of these tells all. */
function withoutEchoes(errors: readonly YAMLError[]): YAMLError[] {
  const first = errors.find(({ code }) => code === 'UNEXPECTED_TOKEN');
  return errors.filter((error) => error.code !== 'UNEXPECTED_TOKEN' || error === first);
}

function reportSyntax(error: YAMLError, source: SourceText, findings: Findings): void {
  // What is missing at the end of the file is missing behind its last word.
  const last = source.text.trimEnd().length;
  const start = Math.min(error.pos[0], last);
  const spot = { source, start, end: Math.max(start + 1, Math.min(error.pos[1], last)) };
  // One cause often shows several times at one place.
  if (findings.hasAt(spot)) return;
  const [code, message, hint] = SYNTAX[error.code] ?? OTHER;
  const isVariable = source.text.startsWith('${', start - 1);
  findings.error(code, message, spot, { hint: isVariable ? VARIABLE_HINT : hint });
}

type Syntax = readonly [code: string, message: string, hint?: string];

const VARIABLE_HINT = 'a variable is written "env:NAME", without a dollar and braces';

const OTHER: Syntax = ['yaml_syntax', 'this is not valid YAML'];

/** Our words for the findings of `yaml`, whose own hold source text. */
const SYNTAX: Readonly<Partial<Record<ErrorCode, Syntax>>> = {
  ALIAS_PROPS: ['yaml_syntax', 'an alias takes no anchor and no tag'],
  BAD_ALIAS: ['bad_alias', 'this alias has no anchor before it'],
  BAD_DQ_ESCAPE: ['yaml_syntax', 'this escape is not valid in double quotes', 'use single quotes'],
  BAD_INDENT: ['yaml_syntax', 'the indentation does not fit the lines above'],
  BAD_SCALAR_START: ['yaml_syntax', 'text cannot begin with this character', 'put it in quotes'],
  BLOCK_AS_IMPLICIT_KEY: [
    'yaml_syntax',
    'a mapping cannot stand on the line of its key',
    'put the text in quotes, or begin a new line',
  ],
  // What `{ api_key: prompt: }` runs into: the second colon makes a key of the text before it.
  BLOCK_IN_FLOW: [
    'yaml_syntax',
    'a mapping or a list inside { } or [ ] needs brackets of its own',
    'put text that ends in a colon in quotes',
  ],
  KEY_OVER_1024_CHARS: ['yaml_syntax', 'the key is longer than 1024 characters'],
  MISSING_CHAR: [
    'yaml_syntax',
    'something is missing here: a quote, a bracket, a comma or a colon',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'yaml_syntax',
    'a key must be on one line',
    'is a colon or a closing bracket missing?',
  ],
  MULTIPLE_ANCHORS: ['yaml_syntax', 'one value has two anchors'],
  TAB_AS_INDENT: ['tab_indent', 'a tab cannot indent YAML', 'indent with spaces'],
  UNEXPECTED_TOKEN: ['yaml_syntax', 'this is not expected here'],
};
