import type { SecretsChecked } from '../../apply/resolve-secrets.ts';
import type { GormesError } from '../../base/errors.ts';
import { escapeControls, plural } from '../../base/text.ts';
import { wrapLines } from '../../base/wrap.ts';
import { formatWithin } from '../../config/diagnostic.ts';
import { diagnosticToJson } from './validated.ts';

/** What `validate --check-secrets` adds: what could not be had, then the count. */
export function viewSecretsChecked(
  { found, asked, problems }: SecretsChecked,
  columns: number | undefined,
): string {
  const parts = [`${plural(found, 'secret')} found`];
  if (problems.length > 0) parts.push(`${problems.length} not`);
  if (asked > 0) parts.push(`${asked} to be asked for at apply`);
  const findings = problems.map(formatWithin(columns));
  return wrapLines(`${[...findings, `${parts.join(', ')}.`].join('\n\n')}\n`, columns);
}

export function secretsCheckedToJson({ found, asked, problems }: SecretsChecked): object {
  return { found, asked, problems: problems.map(diagnosticToJson) };
}

/** Why a plan says "not checked" although it was asked to check. */
export function viewUnchecked({ message, hint }: GormesError): string {
  const lines = [`warning: no program was started: ${escapeControls(message)}`];
  if (hint !== undefined) lines.push(`hint: ${escapeControls(hint)}`);
  return lines.join('\n');
}
