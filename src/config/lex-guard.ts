import type { CST, Lexer, Parser } from 'yaml';
import { LIMITS } from '../base/limits.ts';
import type { Findings, Spot } from './findings.ts';
import { SecretValues } from './secret-values.ts';
import type { SourceText } from './source-text.ts';

/** The parts of `yaml` that this module needs; it is loaded on demand. */
interface YamlParts {
  readonly CST: typeof CST;
  readonly Lexer: typeof Lexer;
  readonly Parser: typeof Parser;
}

/**
 * First pass over a file, without recursion: tokens, and their nesting. Refuses what the second
 * pass must not see: deep nesting aborts the whole process there (reliability.md M5, yaml 2.9.1),
 * too many values and wrong escapes cost it seconds, aliases multiply, directives, tags and further
 * documents change what the text means. Beyond a limit nothing more is read.
 *
 * @param maxNodes keys and values that the file may have; one that has more may pass, if only just
 * @returns the tokens of one document, or undefined when something was reported
 */
export function lexGuard(
  yaml: YamlParts,
  source: SourceText,
  maxNodes: number,
  findings: Findings,
): CST.Token[] | undefined {
  const parser = new yaml.Parser();
  const watch = watchTokens(source, maxNodes, findings);
  let scalarNext = false;
  for (const lexeme of new yaml.Lexer().lex(source.text)) {
    const type: TokenType = scalarNext ? 'scalar' : yaml.CST.tokenType(lexeme);
    scalarNext = !scalarNext && type === 'scalar';
    if (!scalarNext && !watch.see(type, lexeme, parser.offset)) return undefined;
    for (const token of parser.next(lexeme)) watch.take(token);
    // The stack holds the document, every open collection, and a scalar at times.
    if (parser.stack.length > LIMITS.declarationDepth + 2) {
      const spot = { source, start: parser.offset, end: parser.offset + 1 };
      const message = `the nesting is deeper than ${LIMITS.declarationDepth} levels`;
      findings.error('too_deep', message, spot, { excerpt: false });
      return undefined;
    }
  }
  for (const token of parser.end()) watch.take(token);
  return watch.tokens();
}

type TokenType = ReturnType<typeof CST.tokenType>;

/** Reports that a declaration has more keys and values than it may. */
export function reportTooManyNodes(spot: Spot, findings: Findings): void {
  const message = `the declaration has more than ${LIMITS.declarationNodes} values, aliases counted each time`;
  findings.error('too_many_nodes', message, spot, { excerpt: false });
}

/** What costs nothing behind this pass. */
const SPACING: ReadonlySet<TokenType> = new Set<TokenType>(['space', 'newline', 'comment']);

/** Each is one node of the tree. */
const NODES: ReadonlySet<TokenType> = new Set<TokenType>([
  ...(['scalar', 'single-quoted-scalar', 'double-quoted-scalar'] as const),
  ...(['flow-map-start', 'flow-seq-start', 'alias'] as const),
]);

/** Signs that one node needs at most, as `? key :` and `- []` do. */
const SIGNS_PER_NODE = 2;
/** …and the marks of the document, anchors, and signs that are wrong. */
const OTHER_SIGNS = 200;

/** Reports tokens that a declaration may not hold, and hides scalars that follow a secret's key. */
function watchTokens(source: SourceText, maxNodes: number, findings: Findings) {
  const tokens: CST.Token[] = [];
  let nodes = 0;
  let signs = 0;
  let escapes = 0;
  let aliases = 0;
  let documents = 0;
  let refused = false;
  const secrets = new SecretValues(source, findings);

  const refuse = (code: string, message: string, spot: Spot, hint: string) => {
    refused = true;
    findings.error(code, message, spot, { hint });
  };

  /** False when a limit is reached, which was reported. */
  const isWithin = (type: TokenType, lexeme: string, spot: Spot): boolean => {
    if (NODES.has(type)) nodes += 1;
    else if (!SPACING.has(type)) signs += 1;
    if (nodes > maxNodes || signs > SIGNS_PER_NODE * maxNodes + OTHER_SIGNS) {
      reportTooManyNodes(spot, findings);
      return false;
    }
    if (type === 'anchor' || type === 'alias') aliases += 1;
    if (aliases > LIMITS.declarationAliases) {
      const message = `there are more than ${LIMITS.declarationAliases} anchors and aliases`;
      findings.error('too_many_aliases', message, spot);
      return false;
    }
    if (type === 'double-quoted-scalar') escapes += lexeme.split('\\').length - 1;
    if (escapes > LIMITS.declarationEscapes) {
      const message = `the file has more than ${LIMITS.declarationEscapes} backslashes in quotes`;
      findings.error('too_many_escapes', message, spot, { excerpt: false });
      return false;
    }
    return true;
  };

  /** False when the rest of the file must not be read. */
  const see = (type: TokenType, lexeme: string, start: number): boolean => {
    const spot = { source, start, end: start + lexeme.length };
    if (!isWithin(type, lexeme, spot)) return false;
    switch (type) {
      case 'directive-line':
        refuse('yaml_directive', 'YAML directives are not supported', spot, 'remove the line');
        break;
      case 'tag':
        refuse('yaml_tag', 'YAML tags are not supported', spot, 'remove the tag');
        break;
      case 'flow-map-start':
      case 'flow-seq-start':
        secrets.openFlow();
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        secrets.closeFlow();
        break;
      case 'map-value-ind':
        secrets.colon();
        break;
      case 'scalar':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
        secrets.scalar(lexeme, start);
        break;
      default:
        break;
    }
    return true;
  };

  /** Tokens of the second pass; one document is all that they may hold. */
  const take = (token: CST.Token) => {
    tokens.push(token);
    if (token.type !== 'document') return;
    documents += 1;
    if (documents !== 2) return;
    const message = 'a declaration is one document, and a second one begins here';
    const spot = { source, start: token.offset, end: token.offset + 3 };
    refuse('several_documents', message, spot, 'put it into a file of its own, and include that');
  };

  return { see, take, tokens: () => (refused ? undefined : tokens) };
}
