import type { Diagnostic } from '../../base/errors.ts';
import { disarmCommands, escapeControls, plural } from '../../base/text.ts';
import { formatDiagnostic } from '../../config/diagnostic.ts';
import type { Validated } from './validated.ts';

/** GitHub keeps so many annotations of one step and kind; those beyond are dropped without a word. */
const ANNOTATIONS = 10;

/**
 * Findings as workflow commands of GitHub Actions: one annotation each, as many as GitHub shows. The
 * rest stands below in the log, as `viewValidated` writes it, and so does the verdict.
 *
 * @param locate a file of a finding, as the repository knows it; undefined for standard input
 */
export function viewGithub(
  { path, valid, diagnostics }: Validated,
  locate: (file: string) => string | undefined,
): string {
  const shown = new Set(
    (['error', 'warning'] as const).flatMap((severity) =>
      diagnostics.filter((finding) => finding.severity === severity).slice(0, ANNOTATIONS),
    ),
  );
  const rest = diagnostics.filter((finding) => !shown.has(finding));
  const blocks = [...shown].map((finding) => annotation(finding, locate));
  if (rest.length > 0) {
    blocks.push(`${plural(rest.length, 'finding')} more than GitHub annotates:\n`);
    blocks.push(...rest.map((finding) => disarmCommands(`${formatDiagnostic(finding)}\n`)));
  }
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const counts = `${plural(errors, 'error')}, ${plural(diagnostics.length - errors, 'warning')}`;
  const file = path === '-' ? 'standard input' : escapeControls(path);
  blocks.push(disarmCommands(`${file} is ${valid ? 'valid' : 'invalid'}: ${counts}.`));
  return `${blocks.join('\n')}\n`;
}

function annotation(
  { severity, code, message, place, hint }: Diagnostic,
  locate: (file: string) => string | undefined,
): string {
  const file = locate(place.file);
  const properties = {
    ...(file === undefined ? {} : { file }),
    line: String(place.line),
    endLine: String(place.line),
    col: String(place.column),
    endColumn: String(place.column + (place.length ?? 1)),
    title: `gormes: ${code}`,
  };
  const listed = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  const lines = [message, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  const text = lines.map(escapeControls).join('\n');
  return `::${severity} ${listed.join(',')}::${data(text)}`;
}

/** Escapes as the runner undoes them: a line break would end the command. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
