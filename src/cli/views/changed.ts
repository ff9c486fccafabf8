import type { AddedCredential } from '../../apply/add-credential.ts';
import type { LogoutResult } from '../../apply/logout-provider.ts';
import type { Removed } from '../../apply/remove-entry.ts';
import type { ResetResult } from '../../apply/reset-entries.ts';
import type { StrategyResult } from '../../apply/set-strategy.ts';
import { escapeControls, listOf } from '../../base/text.ts';

/** Results of the commands that change one thing, worded as Hermes words them (cli-surface §2, §4, §5, §7). */
export function viewAdded(added: AddedCredential): string {
  const provider = escapeControls(added.provider);
  const label = escapeControls(added.label);
  if (added.kind === 'key') return `Added ${provider} credential #${added.index}: "${label}"`;
  if (added.savedAs !== undefined) return `Saved ${provider} ${added.savedAs}: "${label}"`;
  return `Added ${provider} OAuth credential #${added.index}: "${label}"`;
}

export function viewRemoved({ provider, index, label, lines }: Removed): string {
  const head = `Removed ${escapeControls(provider)} credential #${index} (${escapeControls(label)})`;
  return [head, ...lines.map(escapeControls)].join('\n');
}

export function viewReset({ provider, count, target }: ResetResult): string {
  const name = escapeControls(provider);
  if (target !== undefined)
    return `Reset status on ${name} credential "${escapeControls(target.label)}"`;
  return `Reset status on ${count} ${name} credentials`;
}

/** @param asked a strategy was given, so that it is news (cli-surface §8) */
export function viewStrategy({ provider, strategy }: StrategyResult, asked: boolean): string {
  const name = escapeControls(provider);
  return asked ? `Set ${name} strategy to: ${strategy}` : `${name}: ${strategy}`;
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
  if (result.provider === undefined) return [];
  const provider = escapeControls(result.provider);
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
  if (result.endedShared) {
    notes.push(`Note: the ${provider} login that all profiles share was ended too.`);
  }
  if (result.inherits) {
    notes.push(
      `Note: this profile uses the ${provider} credentials of the default profile; to end those: gormes -p default auth logout ${provider}`,
    );
  }
  return notes;
}

/** JSON of `auth add` (docs/reference/json.md). */
export function addedToJson(added: AddedCredential): object {
  const { provider, id, label, index, notes } = added;
  return {
    provider,
    id,
    label,
    index,
    type: added.kind === 'key' ? 'api_key' : 'oauth',
    account: added.kind === 'login' ? (added.account ?? null) : null,
    notes,
  };
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
    shared_ended: result.endedShared,
  };
}
