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

export function viewReset({ provider, count, target }: ResetResult): string {
  if (target !== undefined)
    return `Reset status on ${provider} credential "${escapeControls(target.label)}"`;
  return `Reset status on ${count} ${provider} credentials`;
}

export function viewLogout(result: LogoutResult): string {
  if (result.provider === undefined) return 'No provider is currently logged in.';
  const name = escapeControls(result.name ?? result.provider);
  if (!result.loggedOut) return `No auth state found for ${name}.`;
  return `Logged out of ${name}.\n${MODEL_LINES[result.model]}`;
}

const MODEL_LINES: Readonly<Record<LogoutResult['model'], string>> = {
  reset_openrouter: 'Hermes will use OpenRouter for inference.',
  reset: 'Run `gormes model` or configure an API key to use Hermes.',
  unchanged: 'Model provider configuration was unchanged.',
};

/** What to know after a logout: notices, because Hermes says nothing of it. */
export function logoutNotes(result: LogoutResult): string[] {
  const { provider } = result;
  if (provider === undefined) return [];
  const notes: string[] = [];
  const back = listOf(result.comesBack.map(escapeControls));
  if (back !== '') {
    notes.push(
      `Note: ${back} will be imported again; to stop that: gormes auth logout ${provider} --suppress`,
    );
  }
  if (result.suppressed.length > 0) {
    notes.push(
      `Suppressed ${listOf(result.suppressed.map(escapeControls))}; gormes auth add ${provider} lifts that.`,
    );
  }
  if (result.inherits) {
    notes.push(
      `Note: this profile uses the ${provider} credentials of the default profile; to end those: gormes -p default auth logout ${provider}`,
    );
  }
  return notes;
}

/** JSON of `auth add` (docs/json.md). */
export function addedToJson({ provider, id, label, index, notes }: Added): object {
  return { provider, id, label, index, notes };
}

/** JSON of `auth remove`. */
export function removedToJson({ provider, id, label, index, lines }: Removed): object {
  return { provider, id, label, index, notes: lines };
}

/** JSON of `auth reset`. */
export function resetToJson({ provider, count, target, notes }: ResetResult): object {
  return { provider, count, target: target ?? null, notes };
}

/** JSON of `auth logout` and `logout`. */
export function logoutToJson(result: LogoutResult): object {
  return {
    provider: result.provider ?? null,
    name: result.name ?? null,
    logged_out: result.loggedOut,
    removed: result.removed,
    model: result.model,
    comes_back: result.comesBack,
    suppressed: result.suppressed,
    inherited: result.inherits,
  };
}
