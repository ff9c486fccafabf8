import type { Added } from '../../apply/add-key.ts';
import type { LogoutResult } from '../../apply/logout-provider.ts';
import type { Removed } from '../../apply/remove-entry.ts';
import type { ResetResult } from '../../apply/reset-entries.ts';
import { escapeControls, listOf } from '../../base/text.ts';

/** Results of the commands that change one thing, worded as Hermes words them (cli-surface §2, §4, §5, §7). */
export function viewAdded({ provider, index, label }: Added): string {
  return `Added ${provider} credential #${index}: "${escapeControls(label)}"`;
}

export function viewRemoved({ provider, index, label, lines }: Removed): string {
  const head = `Removed ${provider} credential #${index} (${escapeControls(label)})`;
  return [head, ...lines.map(escapeControls)].join('\n');
}

export function viewReset({ provider, count, label }: ResetResult): string {
  if (label !== undefined)
    return `Reset status on ${provider} credential "${escapeControls(label)}"`;
  return `Reset status on ${count} ${provider} credentials`;
}

export function viewLogout(result: LogoutResult): string {
  if (result.provider === undefined) return 'No provider is currently logged in.';
  const name = escapeControls(result.name ?? result.provider);
  if (!result.loggedOut) return `No auth state found for ${name}.`;
  const lines = [`Logged out of ${name}.`, MODEL_LINES[result.model]];
  if (result.comesBack.length > 0) {
    const sources = listOf(result.comesBack.map(escapeControls));
    lines.push(
      `Note: ${sources} will be imported again; to stop that: gormes auth logout ${result.provider} --suppress`,
    );
  }
  if (result.suppressed.length > 0) {
    lines.push(`Suppressed ${listOf(result.suppressed.map(escapeControls))}.`);
  }
  return lines.join('\n');
}

const MODEL_LINES: Readonly<Record<LogoutResult['model'], string>> = {
  reset_openrouter: 'Hermes will use OpenRouter for inference.',
  reset: 'Run `gormes model` or configure an API key to use Hermes.',
  unchanged: 'Model provider configuration was unchanged.',
};
