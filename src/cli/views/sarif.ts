import type { Diagnostic } from '../../base/errors.ts';
import { escapeControls } from '../../base/text.ts';
import { VERSION } from '../../base/version.ts';

const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * Findings as a SARIF 2.1.0 log with one run, for code scanning. Columns count code points, which
 * SARIF must be told (§3.14.17); its default is UTF-16.
 *
 * @param locate a file of a finding, relative to the root of the checkout; undefined for standard input
 */
export function sarifLog(
  diagnostics: readonly Diagnostic[],
  locate: (file: string) => string | undefined,
): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gormes', version: VERSION, rules: codes.map(rule) } },
        columnKind: 'unicodeCodePoints',
        results: diagnostics.map((finding) => result(finding, codes, locate)),
      },
    ],
  };
}

function rule(code: string): object {
  return { id: code, shortDescription: { text: code.replaceAll('_', ' ') } };
}

function result(
  { severity, code, message, place, hint }: Diagnostic,
  codes: readonly string[],
  locate: (file: string) => string | undefined,
): object {
  const { line, column } = place;
  const endColumn = column + (place.length ?? 1);
  // A log without a file is refused by code scanning, and standard input has none.
  const uri = encodePath(locate(place.file) ?? 'stdin');
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: escapeControls(hint === undefined ? message : `${message}; ${hint}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri, ...(uri.startsWith('file:') ? {} : { uriBaseId: '%SRCROOT%' }) },
          region: { startLine: line, startColumn: column, endLine: line, endColumn },
        },
      },
    ],
  };
}

/** A path as a URI reference: relative ones stay relative, as SARIF wants them below a base. */
function encodePath(path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${encoded}` : encoded;
}
