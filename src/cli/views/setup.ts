import type { SetupReset } from '../../apply/setup/reset-setup.ts';
import type { SectionResult } from '../../apply/setup/run-setup.ts';
import { escapeControls, plural } from '../../base/text.ts';

/** What one section wrote; never a value. */
export function viewSection(
  title: string,
  { written, skipped, notes, next }: SectionResult,
): string {
  const lines = notes.map(escapeControls);
  if (skipped) lines.push(`${title}: skipped, nothing written.`);
  else if (written.length === 0) lines.push(`${title}: nothing to change.`);
  else lines.push(`${title}: ${written.map(escapeControls).join(', ')} written.`);
  return [...lines, ...next.map((text) => `Next: ${text}.`)].join('\n');
}

export function viewSetupReset({ removed, copy }: SetupReset): string {
  if (copy === undefined) return 'Nothing to reset: no setting of setup is in config.yaml.';
  return [
    `Reset to Hermes' defaults: ${plural(removed.length, 'setting')}.`,
    'The config.yaml before is kept:',
    `  ${escapeControls(copy)}`,
  ].join('\n');
}

export function setupToJson(
  reset: SetupReset | undefined,
  results: readonly SectionResult[],
): object {
  return {
    reset: reset === undefined ? null : { removed: reset.removed, copy: reset.copy ?? null },
    sections: results.map(({ section, written, skipped, notes, next }) => ({
      section,
      written,
      skipped,
      notes,
      next,
    })),
  };
}
