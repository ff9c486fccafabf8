import type { Diagnostic } from '../../base/errors.ts';
import { plural } from '../../base/text.ts';
import { wrapLines } from '../../base/wrap.ts';
import { formatWithin } from '../../config/diagnostic.ts';

/** A declaration that was checked; `valid` also weighs `--strict`. */
export interface Validated {
  readonly path: string;
  readonly valid: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** All findings, then one line with the verdict. They are the result, so they go to stdout. */
export function viewValidated(
  { path, valid, diagnostics }: Validated,
  columns: number | undefined,
): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const counts = [plural(errors, 'error'), plural(diagnostics.length - errors, 'warning')].join(
    ', ',
  );
  const file = path === '-' ? 'standard input' : path;
  const verdict =
    diagnostics.length === 0
      ? `${file} is valid.`
      : `${file} is ${valid ? 'valid' : 'invalid'}: ${counts}.`;
  const findings = diagnostics.map(formatWithin(columns));
  return wrapLines(`${[...findings, verdict].join('\n\n')}\n`, columns);
}

export function diagnosticsToJson({ path, valid, diagnostics }: Validated): object {
  return {
    declaration: path,
    valid,
    diagnostics: diagnostics.map(diagnosticToJson),
  };
}

export function diagnosticToJson({ severity, code, message, place, hint }: Diagnostic): object {
  const { file, line, column } = place;
  return { severity, code, message, file, line, column, hint: hint ?? null };
}
