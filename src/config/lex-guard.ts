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
 * aliases multiply, directives, tags and further documents change what the text means.
 *
 * @returns the tokens of one document, or undefined when something was reported
 */
export function lexGuard(
  yaml: YamlParts,
  source: SourceText,
  findings: Findings,
): CST.Token[] | undefined {
  const parser = new yaml.Parser();
  const watch = watchTokens(source, findings);
  let scalarNext = false;
  for (const lexeme of new yaml.Lexer().lex(source.text)) {
    const type: TokenType = scalarNext ? 'scalar' : yaml.CST.tokenType(lexeme);
    scalarNext = !scalarNext && type === 'scalar';
    if (!scalarNext) watch.see(type, lexeme, parser.offset);
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

/** Reports tokens that a declaration may not hold, and hides scalars that follow a secret's key. */
function watchTokens(source: SourceText, findings: Findings) {
  const tokens: CST.Token[] = [];
  let aliases = 0;
  let documents = 0;
  let refused = false;
  const secrets = new SecretValues(source, findings);

  const refuse = (code: string, message: string, spot: Spot, hint: string | undefined) => {
    refused = true;
    findings.error(code, message, spot, { hint });
  };

  const see = (type: TokenType, lexeme: string, start: number) => {
    const spot = { source, start, end: start + lexeme.length };
    switch (type) {
      case 'directive-line':
        refuse('yaml_directive', 'YAML directives are not supported', spot, 'remove the line');
        break;
      case 'tag':
        refuse('yaml_tag', 'YAML tags are not supported', spot, 'remove the tag');
        break;
      case 'anchor':
      case 'alias':
        aliases += 1;
        if (aliases === LIMITS.declarationAliases + 1) {
          const message = `there are more than ${LIMITS.declarationAliases} anchors and aliases`;
          refuse('too_many_aliases', message, spot, undefined);
        }
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
